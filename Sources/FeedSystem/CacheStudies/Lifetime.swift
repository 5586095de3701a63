import Simulation

/// How long objects are valid, and what a write does to one: the rules under which a cache that has
/// room for everything still misses.
public struct Lifetime: Sendable, Equatable {
  /// Lengths of time in mean gaps between requests, and the share of the objects that have each.
  public var lengths: [(length: Double, share: Double)]
  /// Whether it runs anew with each request, instead of with each arrival.
  public var isSliding = false
  /// The share of the requests that write.
  public var writeShare = 0.0
  /// Whether a write drops the object, instead of putting it into the cache anew.
  public var writesInvalidate = false

  public init(_ length: Double) { lengths = [(length, 1)] }

  public static func == (one: Lifetime, other: Lifetime) -> Bool {
    one.isSliding == other.isSliding && one.writeShare == other.writeShare
      && one.writesInvalidate == other.writesInvalidate
      && one.lengths.elementsEqual(other.lengths) { $0 == $1 }
  }

  /// The odds that an object asked for at a rate (reads and writes, in requests) is valid: the mean
  /// time that it is so over that and the time until what makes it valid again comes.
  ///
  /// Written anew at the rate μ, it stays valid until a gap of the length T: (e^(μT) - 1) / μ.
  /// Dropped at that rate, (1 - e^(-μT)) / μ. With neither, T (Fofack, Nain, Neglia, Towsley:
  /// "Analysis of TTL-based cache networks", VALUETOOLS 2012).
  func odds(_ rate: Double) -> Double {
    lengths.reduce(0.0) { $0 + $1.share * odds(rate, $1.length) }
  }

  func odds(_ rate: Double, _ length: Double) -> Double {
    let writes = rate * writeShare
    if isSliding { return (writesInvalidate ? 1 - writeShare : 1) * complement(rate * length) }
    if writesInvalidate {
      let valid = writes > 0 ? complement(writes * length) / writes : length
      return valid / (valid + 1 / (rate - writes))
    }
    // Written so often, it is invalid for less than 10^-17 of the time.
    guard writes * length < 40 else { return 1 }
    let valid =
      writes > 0 ? complement(writes * length) * expo(writes * length) / writes : length
    return valid / (valid + 1 / rate)
  }

  /// The rate at which the age of a valid object falls off: of its arrival, or of its last request.
  func ageing(_ rate: Double) -> Double { isSliding ? rate : rate * writeShare }
}

extension CacheTheory {
  /// The share of the reads that a cache answers which has room for everything, where requests are
  /// a Poisson process: exact.
  public func hitRatio(_ lifetime: Lifetime) -> Double {
    let left = 1 - onceShare
    return popularity.groups.reduce(0.0) { sum, group in
      let rate = left * group.share
      return sum + rate * Double(group.objects) * lifetime.odds(rate)
    }
  }

  /// Objects that such a cache holds, in the mean. What is asked for once is held if it was read,
  /// or written by a write that does not drop it.
  public func held(_ lifetime: Lifetime) -> Double {
    let left = 1 - onceShare
    let mean = lifetime.lengths.reduce(0.0) { $0 + $1.length * $1.share }
    let once = onceShare * (lifetime.writesInvalidate ? 1 - lifetime.writeShare : 1)
    return popularity.groups.reduce(once * mean) { sum, group in
      sum + Double(group.objects) * lifetime.odds(left * group.share)
    }
  }
}
