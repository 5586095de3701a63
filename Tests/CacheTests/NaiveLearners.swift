import Simulation

@testable import FeedSystem

struct NaiveLIRS: NaiveCache {
  let space: CacheSpace
  var held: [UInt32: Int] = [:]
  var low: Set<UInt32> = []
  var queue: [UInt32] = []
  var stack: [UInt32] = []
  var lowCapacity: Int { space.capacity - max(1, space.share(0.01)) }
  var used: Int { held.values.reduce(0, +) }
  var lowUsed: Int { low.reduce(0) { $0 + (held[$1] ?? 0) } }

  init(_ space: CacheSpace) { self.space = space }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if held[key] != nil {
      let isRemembered = stack.contains(key)
      push(key)
      if low.contains(key) {
        prune()
      } else if isRemembered {
        queue.removeAll { $0 == key }
        becomeLow(key)
      } else {
        queue.removeAll { $0 == key }
        queue.append(key)
      }
      return true
    }
    if size > space.capacity { return false }
    while used + size > space.capacity {
      if queue.isEmpty { fall() }
      held[queue.removeFirst()] = nil
    }
    let isRemembered = stack.contains(key)
    let fits = lowUsed + size <= lowCapacity
    held[key] = size
    push(key)
    if isRemembered || fits { becomeLow(key) } else { queue.append(key) }
    return false
  }

  private mutating func push(_ key: UInt32) {
    stack.removeAll { $0 == key }
    stack.append(key)
  }

  private mutating func becomeLow(_ key: UInt32) {
    low.insert(key)
    prune()
    while lowUsed > lowCapacity { fall() }
  }

  private mutating func fall() {
    let key = stack.removeFirst()
    low.remove(key)
    queue.append(key)
    prune()
  }

  private mutating func prune() {
    while let bottom = stack.first, !low.contains(bottom) { stack.removeFirst() }
  }

  mutating func invalidate(_ key: UInt32) {
    guard held.removeValue(forKey: key) != nil else { return }
    low.remove(key)
    queue.removeAll { $0 == key }
    stack.removeAll { $0 == key }
    prune()
  }
}

/// With the engine's own sketch: that is held against exact counts in a test of its own.
struct NaiveWTinyLFU: NaiveCache {
  let space: CacheSpace
  let sketch: SharedSketch
  var window: Items = []
  var probation: Items = []
  var protected: Items = []
  var windowCapacity: Int { max(1, space.share(0.01)) }
  var mainCapacity: Int { space.capacity - windowCapacity }
  var protectedCapacity: Int { Int(Double(mainCapacity) * 0.8) }

  final class SharedSketch {
    let sketch: FrequencySketch

    init(_ space: CacheSpace) {
      sketch = FrequencySketch(objects: min(space.capacity, space.keys), seed: space.seed)
    }
  }

  init(_ space: CacheSpace) {
    self.space = space
    sketch = SharedSketch(space)
  }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    sketch.sketch.count(key)
    if let item = window.take(key) {
      window.append(item)
      return true
    }
    if let item = protected.take(key) ?? probation.take(key) {
      protected.append(item)
      while protected.room > protectedCapacity { probation.append(protected.removeFirst()) }
      return true
    }
    if size > space.capacity { return false }
    if size > windowCapacity {
      enterMain(Item(key: key, size: size))
    } else {
      while window.room + size > windowCapacity { enterMain(window.removeFirst()) }
      window.append(Item(key: key, size: size))
    }
    return false
  }

  /// Compares with as many of the oldest as must go, the probationary ones first.
  private mutating func enterMain(_ item: Item) {
    if item.size > mainCapacity { return }
    let order = probation + protected
    var out = 0
    while order[out...].reduce(0, { $0 + $1.size }) + item.size > mainCapacity { out += 1 }
    let frequency = sketch.sketch.frequency(of: item.key)
    if order[..<out].contains(where: { sketch.sketch.frequency(of: $0.key) >= frequency }) {
      return
    }
    for victim in order[..<out] {
      _ = probation.take(victim.key)
      _ = protected.take(victim.key)
    }
    probation.append(item)
  }

  mutating func invalidate(_ key: UInt32) {
    _ = window.take(key)
    _ = probation.take(key)
    _ = protected.take(key)
  }
}

struct NaiveRandom: NaiveCache {
  let space: CacheSpace
  var items: Items = []
  var draws: RandomStream

  init(_ space: CacheSpace) {
    self.space = space
    draws = RandomStream(seed: space.seed, purpose: 0x7261_6e64)
  }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if items.place(key) != nil { return true }
    if size > space.capacity { return false }
    while items.room + size > space.capacity {
      remove(Int(draws.below(UInt64(items.count))))
    }
    items.append(Item(key: key, size: size))
    return false
  }

  /// The last takes the place of the one that goes.
  private mutating func remove(_ place: Int) {
    items.swapAt(place, items.count - 1)
    items.removeLast()
  }

  mutating func invalidate(_ key: UInt32) {
    if let place = items.place(key) { remove(place) }
  }
}

struct NaiveTTL: NaiveCache {
  let space: CacheSpace
  var slides = false
  var items: Items = []
  var now: Int64 = 0

  init(_ space: CacheSpace) { self.space = space }

  init(slides: Bool, _ space: CacheSpace) {
    self.init(space)
    self.slides = slides
  }

  mutating func advance(to now: Int64) {
    self.now = now
    items.removeAll { now - $0.since >= space.lifetime }
  }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if let place = items.place(key) {
      if slides {
        var item = items.remove(at: place)
        item.since = now
        items.append(item)
      }
      return true
    }
    if size > space.capacity { return false }
    while items.room + size > space.capacity { items.removeFirst() }
    items.append(Item(key: key, size: size, since: now))
    return false
  }

  mutating func invalidate(_ key: UInt32) { _ = items.take(key) }
}

struct NaiveBelady: NaiveCache {
  let space: CacheSpace
  var items: Items = []
  var requests: [UInt32] = []
  var position = 0

  init(_ space: CacheSpace) { self.space = space }

  mutating func foresee(_ keys: [UInt32]) { requests = keys }

  private func next(_ key: UInt32) -> Int {
    requests[position...].firstIndex(of: key) ?? requests.count
  }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    position += 1
    if items.place(key) != nil { return true }
    while items.room + size > space.capacity {
      let uses = items.map { next($0.key) }
      let furthest = uses.max() ?? 0
      items.remove(at: uses.firstIndex(of: furthest) ?? 0)
    }
    items.append(Item(key: key, size: size))
    return false
  }

  mutating func invalidate(_ key: UInt32) { _ = items.take(key) }
}
