/// The draws of a law from a stream of its own, the next of which has already been made.
///
/// The same values as without the head start. Which event comes next is a guess of the
/// processor's until the time of the one just scheduled is known, and a draw takes fifty cycles
/// to make: made ahead, it is not waited for when the guess was wrong.
public struct Draws: Sendable {
  @usableFromInline let law: Distribution
  @usableFromInline var stream: RandomStream
  /// The next draw; to be used first and then advanced.
  public var next: Duration

  @inlinable
  public init(_ law: Distribution, _ stream: RandomStream) {
    self.law = law
    self.stream = stream
    next = law.sample(&self.stream)
  }

  /// Makes the draw after the next.
  @inlinable @inline(__always)
  public mutating func advance() {
    guard law.law == .exponential else { return advanceOther() }
    next = Distribution.rounded(law.a * law.ziggurat.drawExponential(&stream))
  }

  @usableFromInline @inline(never)
  mutating func advanceOther() { next = law.sample(&stream) }
}
