import Simulation

@testable import FeedSystem

/// A cache policy as its paper tells it, with plain lists that are searched from end to end: what the
/// engine's policies are held against, request by request.
protocol NaiveCache {
  init(_ space: CacheSpace)
  /// Whether the key was held.
  mutating func request(_ key: UInt32, _ size: Int) -> Bool
  mutating func invalidate(_ key: UInt32)
  mutating func advance(to now: Int64)
  mutating func foresee(_ keys: [UInt32])
}

extension NaiveCache {
  mutating func advance(to now: Int64) {}
  mutating func foresee(_ keys: [UInt32]) {}
}

/// An object in a list; lists go from the oldest to the newest.
struct Item {
  var key: UInt32
  var size: Int
  var uses = 0
  var since: Int64 = 0
}

typealias Items = [Item]

extension Items {
  var room: Int { reduce(0) { $0 + $1.size } }

  func place(_ key: UInt32) -> Int? { firstIndex { $0.key == key } }

  mutating func take(_ key: UInt32) -> Item? { place(key).map { remove(at: $0) } }

  /// Appends to a list that remembers so much, the oldest forgotten first.
  mutating func remember(_ item: Item, atMost capacity: Int) {
    if item.size > capacity { return }
    while room + item.size > capacity { removeFirst() }
    append(Item(key: item.key, size: item.size))
  }
}

/// One list; what a hit and an eviction do to it tells FIFO, LRU, Clock, SIEVE and LFU apart.
struct NaiveList: NaiveCache {
  enum Kind { case fifo, lru, clock, sieve, lfu }
  let space: CacheSpace
  var kind = Kind.fifo
  var items: Items = []
  /// The key that the hand of SIEVE looks at next; nil for the oldest.
  var hand: UInt32?

  init(_ space: CacheSpace) { self.space = space }

  init(_ kind: Kind, _ space: CacheSpace) {
    self.init(space)
    self.kind = kind
  }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if let place = items.place(key) {
      items[place].uses += 1
      if kind == .lru || kind == .lfu { items.append(items.remove(at: place)) }
      return true
    }
    if size > space.capacity { return false }
    while items.room + size > space.capacity { evict() }
    items.append(Item(key: key, size: size))
    return false
  }

  private mutating func evict() {
    switch kind {
    case .fifo, .lru: items.removeFirst()
    case .lfu:
      let least = items.map(\.uses).min() ?? 0
      items.remove(at: items.firstIndex { $0.uses == least } ?? 0)
    case .clock:
      while items[0].uses > 0 {
        var spared = items.removeFirst()
        spared.uses = 0
        items.append(spared)
      }
      items.removeFirst()
    case .sieve:
      var place = hand.flatMap { items.place($0) } ?? 0
      while items[place].uses > 0 {
        items[place].uses = 0
        place = (place + 1) % items.count
      }
      hand = place + 1 < items.count ? items[place + 1].key : nil
      items.remove(at: place)
    }
  }

  mutating func invalidate(_ key: UInt32) {
    guard let place = items.place(key) else { return }
    if hand == key { hand = place + 1 < items.count ? items[place + 1].key : nil }
    items.remove(at: place)
  }
}

struct NaiveSLRU: NaiveCache {
  let space: CacheSpace
  var segments = [Items](repeating: [], count: 4)
  var used: Int { segments.reduce(0) { $0 + $1.room } }

  init(_ space: CacheSpace) { self.space = space }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    for segment in 0..<4 {
      guard let item = segments[segment].take(key) else { continue }
      let target = min(segment + 1, 3)
      segments[target].append(item)
      for high in stride(from: target, to: 0, by: -1) {
        while segments[high].room > space.capacity / 4 {
          segments[high - 1].append(segments[high].removeFirst())
        }
      }
      return true
    }
    if size > space.capacity { return false }
    while used + size > space.capacity {
      let lowest = segments.firstIndex { !$0.isEmpty } ?? 0
      segments[lowest].removeFirst()
    }
    let roomy = segments.firstIndex { $0.room + size <= space.capacity / 4 } ?? 0
    segments[roomy].append(Item(key: key, size: size))
    return false
  }

  mutating func invalidate(_ key: UInt32) {
    for segment in 0..<4 { _ = segments[segment].take(key) }
  }
}

struct NaiveTwoQ: NaiveCache {
  let space: CacheSpace
  var arrivals: Items = []
  var main: Items = []
  var ghosts: Items = []

  init(_ space: CacheSpace) { self.space = space }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if arrivals.place(key) != nil { return true }
    if let item = main.take(key) {
      main.append(item)
      return true
    }
    if size > space.capacity { return false }
    let returns = ghosts.take(key) != nil
    while arrivals.room + main.room + size > space.capacity {
      if arrivals.room > space.share(0.25) || main.isEmpty {
        ghosts.remember(arrivals.removeFirst(), atMost: space.share(0.5))
      } else {
        main.removeFirst()
      }
    }
    if returns {
      while !main.isEmpty, main.room + size > space.capacity - space.share(0.25) {
        main.removeFirst()
      }
      main.append(Item(key: key, size: size))
    } else {
      arrivals.append(Item(key: key, size: size))
    }
    return false
  }

  mutating func invalidate(_ key: UInt32) {
    _ = arrivals.take(key)
    _ = main.take(key)
  }
}

struct NaiveS3FIFO: NaiveCache {
  let space: CacheSpace
  var small: Items = []
  var main: Items = []
  var ghosts: Items = []

  init(_ space: CacheSpace) { self.space = space }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if let place = small.place(key) {
      small[place].uses += 1
      return true
    }
    if let place = main.place(key) {
      main[place].uses = min(3, main[place].uses + 1)
      return true
    }
    if size > space.capacity { return false }
    let returns = ghosts.take(key) != nil
    while small.room + main.room + size > space.capacity {
      if main.room > space.capacity - space.share(0.1) || small.isEmpty {
        evictFromMain()
      } else {
        evictFromSmall()
      }
    }
    if returns {
      main.append(Item(key: key, size: size))
    } else {
      small.append(Item(key: key, size: size))
    }
    return false
  }

  private mutating func evictFromSmall() {
    while !small.isEmpty {
      let item = small.removeFirst()
      if item.uses < 2 {
        ghosts.remember(item, atMost: space.share(0.9))
        return
      }
      main.append(Item(key: item.key, size: item.size))
    }
  }

  private mutating func evictFromMain() {
    while true {
      var item = main.removeFirst()
      if item.uses == 0 { return }
      item.uses -= 1
      main.append(item)
    }
  }

  mutating func invalidate(_ key: UInt32) {
    _ = small.take(key)
    _ = main.take(key)
  }
}

/// The paper's figure 4, word by word.
struct NaiveARC: NaiveCache {
  let space: CacheSpace
  var t1: Items = []
  var t2: Items = []
  var b1: Items = []
  var b2: Items = []
  var p = 0.0
  var c: Int { space.capacity }

  init(_ space: CacheSpace) { self.space = space }

  mutating func request(_ key: UInt32, _ size: Int) -> Bool {
    if let item = t1.take(key) ?? t2.take(key) {
      t2.append(item)
      return true
    }
    if size > c { return false }
    if b1.place(key) != nil {
      p = min(p + max(Double(b2.room) / Double(b1.room), 1), Double(c))
      while t1.room + t2.room + size > c { replace(isInB2: false) }
      _ = b1.take(key)
      t2.append(Item(key: key, size: size))
    } else if b2.place(key) != nil {
      p = max(p - max(Double(b1.room) / Double(b2.room), 1), 0)
      while t1.room + t2.room + size > c { replace(isInB2: true) }
      _ = b2.take(key)
      t2.append(Item(key: key, size: size))
    } else {
      makeRoom(size)
      t1.append(Item(key: key, size: size))
    }
    return false
  }

  private mutating func makeRoom(_ size: Int) {
    while t1.room + t2.room + size > c {
      if t1.room + b1.room + size > c {
        if t1.room < c, !b1.isEmpty {
          b1.removeFirst()
          replace(isInB2: false)
        } else if t1.isEmpty {
          replace(isInB2: false)
        } else {
          t1.removeFirst()
        }
      } else {
        if t1.room + t2.room + b1.room + b2.room >= 2 * c, !b2.isEmpty { b2.removeFirst() }
        replace(isInB2: false)
      }
    }
    while !b1.isEmpty, t1.room + b1.room + size > c { b1.removeFirst() }
    while !b2.isEmpty, t1.room + t2.room + b1.room + b2.room + size > 2 * c { b2.removeFirst() }
  }

  private mutating func replace(isInB2: Bool) {
    let room = Double(t1.room)
    if !t1.isEmpty, room > p || (isInB2 && room == p) || t2.isEmpty {
      b1.remember(t1.removeFirst(), atMost: c)
    } else {
      b2.remember(t2.removeFirst(), atMost: 2 * c)
    }
  }

  mutating func invalidate(_ key: UInt32) {
    _ = t1.take(key)
    _ = t2.take(key)
  }
}

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

/// The naive cache of a policy's name.
func naiveCache(_ name: String, _ space: CacheSpace) -> (any NaiveCache)? {
  switch name {
  case "lru": NaiveList(.lru, space)
  case "fifo": NaiveList(.fifo, space)
  case "clock": NaiveList(.clock, space)
  case "sieve": NaiveList(.sieve, space)
  case "lfu": NaiveList(.lfu, space)
  case "slru": NaiveSLRU(space)
  case "2q": NaiveTwoQ(space)
  case "arc": NaiveARC(space)
  case "lirs": NaiveLIRS(space)
  case "s3-fifo": NaiveS3FIFO(space)
  case "w-tinylfu": NaiveWTinyLFU(space)
  case "random": NaiveRandom(space)
  case "ttl": NaiveTTL(slides: false, space)
  case "sliding-ttl": NaiveTTL(slides: true, space)
  case "belady": NaiveBelady(space)
  default: nil
  }
}
