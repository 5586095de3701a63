import Simulation

@testable import FeedSystem

/// A cache policy as its paper tells it, with plain lists that are searched from end to end: what
/// the engine's policies are held against, request by request.
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
