import Simulation

/// Draws the objects of a workload.
struct CacheRequests: Sendable {
  /// Faster, where it fits and is worth the making.
  private let table: AliasTable?
  private let law: Zipf

  /// - Parameter draws: how many there will be, about.
  init(_ workload: CacheWorkload, draws: Int) {
    law = Zipf(alpha: workload.exponent, count: workload.objects)
    table =
      workload.objects > min(draws, 1_000_000)
      ? nil
      : AliasTable(
        (1...workload.objects).map { power(Double($0), -workload.exponent) })
  }

  @inline(__always)
  func next(_ stream: inout RandomStream) -> UInt32 {
    UInt32(truncatingIfNeeded: table?.sample(&stream) ?? law.sample(&stream))
  }
}

/// One replication of one cache.
struct CacheRun: ~Copyable {
  struct Plan: Sendable {
    var warmUp: Int
    var requests: Int
  }

  /// Ticks of the clock in a mean gap between requests.
  private static let gap = Double(1 << 20)

  private let one: CacheCase
  private let workload: CacheWorkload
  private let draw: CacheRequests
  private let plan: Plan
  private let seed: UInt64
  private let replication: UInt64
  /// Every replication of a seed has the same requests for all caches.
  private var stream: RandomStream
  private var now: Int64 = 0
  /// Objects asked for once so far; as many as there may be get a number of their own.
  private var onces = 0
  private let mostOnces: Int

  init(
    _ one: CacheCase, _ workload: CacheWorkload, _ draw: CacheRequests, seed: UInt64,
    replication: UInt64, _ plan: Plan
  ) {
    self.one = one
    self.workload = workload
    self.draw = draw
    self.plan = plan
    self.seed = seed
    self.replication = replication
    stream = RandomStream(seed: seed, purpose: 0x6361_6368_6500, entity: replication)
    let expected = Double(plan.warmUp + plan.requests) * workload.onceShare
    mostOnces = Int(expected + 6 * expected.squareRoot() + 6)
  }

  /// Of the reads that are measured.
  mutating func missRatio() throws -> Double {
    if one.size == nil, workload.lifetime != nil { return roomForAll() }
    if let size = one.size, one.policy is LFU.Type, workload.lifetime == nil {
      return mostPopular(size)
    }
    return try bounded()
  }

  private struct Request {
    var key: UInt32
    var isOnce: Bool
    var isWrite: Bool
  }

  private mutating func next() -> Request {
    var request = Request(key: 0, isOnce: false, isWrite: false)
    if let lifetime = workload.lifetime {
      now &+= Int64(Ziggurat.exponential.drawExponential(&stream) * Self.gap)
      request.isWrite = lifetime.writeShare > 0 && stream.uniform() < lifetime.writeShare
    }
    if workload.onceShare > 0, stream.uniform() < workload.onceShare, onces < mostOnces {
      request.key = UInt32(workload.objects + onces)
      request.isOnce = true
      onces += 1
    } else {
      request.key = draw.next(&stream)
    }
    return request
  }

  /// LFU with the frequencies known, as after endless requests: the most popular objects are held.
  private mutating func mostPopular(_ size: Int) -> Double {
    var misses = 0
    for _ in 0..<plan.requests where next().key >= UInt32(size) { misses += 1 }
    return Double(misses) / Double(plan.requests)
  }

  /// How long a key is valid, in ticks.
  private func length(_ key: UInt32, _ lifetime: Lifetime) -> Int64 {
    var place = 0
    if lifetime.lengths.count > 1 {
      var chance = Double(mix64(UInt64(key) ^ 0x6c69_6665) >> 11) * 0x1p-53
      while place + 1 < lifetime.lengths.count, chance >= lifetime.lengths[place].share {
        chance -= lifetime.lengths[place].share
        place += 1
      }
    }
    return Int64(min(lifetime.lengths[place].length * Self.gap, 0x1p61))
  }

  private mutating func bounded() throws -> Double {
    let keys = workload.objects + mostOnces
    let lifetime = workload.lifetime
    let policy = one.policy.init(
      CacheSpace(
        capacity: min(one.size ?? keys, keys), keys: keys,
        lifetime: lifetime.map { length(0, $0) } ?? .max,
        seed: mix64(seed) &+ replication))
    let keepsTime = policy is TTL || policy is SlidingTTL
    var expiry = [Int64](repeating: .max, count: lifetime == nil ? 0 : keys)
    if lifetime == nil, policy.capacity >= workload.objects {
      for key in 0..<UInt32(workload.objects) { _ = policy.admit(key) }
    }
    var reads = 0
    var misses = 0
    for number in 0..<(plan.warmUp + plan.requests) {
      let request = next()
      let key = request.key
      if let lifetime {
        policy.advance(to: now)
        if !keepsTime, expiry[Int(key)] <= now { policy.invalidate(key) }
        if request.isWrite {
          if lifetime.writesInvalidate || keepsTime { policy.invalidate(key) }
          if lifetime.writesInvalidate { continue }
          if policy.access(key) == nil { _ = policy.admit(key) }
          expiry[Int(key)] = now + length(key, lifetime)
          continue
        }
      }
      let isMeasured = number >= plan.warmUp
      if isMeasured { reads += 1 }
      if policy.access(key) != nil { continue }
      if isMeasured { misses += 1 }
      if policy.admit(key) != nil, let lifetime {
        expiry[Int(key)] = now + length(key, lifetime)
      }
    }
    try policy.checkInvariants()
    return Double(misses) / Double(max(reads, 1))
  }

  /// A cache that only lifetimes empty. Each object begins as one finds it at any time: valid with
  /// its odds, and of an age that falls off as its writes come.
  private mutating func roomForAll() -> Double {
    guard var lifetime = workload.lifetime else { return workload.onceShare }
    lifetime.isSliding = one.isSliding
    var expiry = start(lifetime)
    var reads = 0
    var misses = 0
    for _ in 0..<plan.requests {
      let request = next()
      if request.isOnce {
        if !request.isWrite {
          reads += 1
          misses += 1
        }
        continue
      }
      let key = Int(request.key)
      let isValid = expiry[key] > now
      if request.isWrite {
        expiry[key] = lifetime.writesInvalidate ? now : now + length(request.key, lifetime)
        continue
      }
      reads += 1
      if !isValid { misses += 1 }
      if !isValid || lifetime.isSliding { expiry[key] = now + length(request.key, lifetime) }
    }
    return Double(misses) / Double(max(reads, 1))
  }

  private func start(_ lifetime: Lifetime) -> [Int64] {
    var draws = RandomStream(seed: seed, purpose: 0x6361_6368_6501, entity: replication)
    let scale = (1 - workload.onceShare) / total()
    return (0..<workload.objects).map { object in
      let rate = scale * power(Double(object + 1), -workload.exponent)
      let ticks = length(UInt32(object), lifetime)
      let length = Double(ticks) / Self.gap
      let (chance, position) = (draws.uniform(), draws.uniform())
      guard chance < lifetime.odds(rate, length) else { return 0 }
      let fall = lifetime.ageing(rate)
      // The inverse of the distribution of the age, (1 - e^(-fall a)) / (1 - e^(-fall T)).
      let age =
        fall * length < 1e-9
        ? position * length : -ln(1 - position * complement(fall * length)) / fall
      return Int64(max(0, length - age) * Self.gap)
    }
  }

  private func total() -> Double {
    var sum = 0.0
    for rank in stride(from: workload.objects, through: 1, by: -1) {
      sum += power(Double(rank), -workload.exponent)
    }
    return sum
  }
}
