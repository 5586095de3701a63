import Simulation

/// Of a call of a guarded tier.
enum CallStep: UInt8 {
  /// Its first visit's service has ended, or its hedge's.
  case served, hedgeServed
  /// The answer is back, or the news that there will be none.
  case answered, failed
  /// Its caller has waited for as long as it does; it is worth asking another server.
  case timedOut, hedged
  /// It is made again.
  case retried
}

enum CallState: UInt8 {
  case underWay, answering, failing
  /// Waits to be made.
  case paused
  /// Its caller has been told; events that still name it come to nothing.
  case over
}

/// A call of a guarded tier on its way.
struct CallRow: BitwiseCopyable {
  /// Of the journey that waits for it.
  var event: Event
  var tier: TierName
  var kind: CallerKind
  var line: UInt8
  var state = CallState.underWay
  /// Why it has failed.
  var cause = FailureCause.noRoom
  /// Whether it has passed the guards, and is one of those under way of its kind.
  var isInside = false
  /// Which visit has answered.
  var winner: UInt8 = 0
  /// Failures before it, of what is made again.
  var failures: UInt8 = 0
  /// Events to come that name it.
  var pending: UInt8 = 0
  /// Of the breaker's half-open time; 0 if it is no probe.
  var probe: UInt32 = 0
  /// In the pool; none before it is there and once it has gone.
  var first = Calls.none
  var second = Calls.none
  var began: Instant
  /// Asked for; then given by the visit that has answered.
  var service: Duration
  /// Counts the tier's calls, for what is drawn for it.
  var number: UInt64 = 0

  init(
    _ event: Event, to tier: TierName, _ kind: CallerKind, line: Int, _ service: Duration,
    at now: Instant
  ) {
    self.event = event
    self.tier = tier
    self.kind = kind
    self.line = UInt8(line)
    self.service = service
    began = now
  }

  subscript(_ slot: Int) -> UInt32 {
    get { slot == 0 ? first : second }
    set { if slot == 0 { first = newValue } else { second = newValue } }
  }
}
