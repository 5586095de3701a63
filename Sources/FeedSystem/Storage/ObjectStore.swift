/// What an association says of its source and its destination; each type has an inverse.
public enum AssociationType: UInt8, CaseIterable, Sendable {
  case liked, likedBy, commented, commentedBy, shared, sharedBy

  /// The type from the destination to the source.
  public var inverse: AssociationType {
    switch self {
    case .liked: .likedBy
    case .likedBy: .liked
    case .commented: .commentedBy
    case .commentedBy: .commented
    case .shared: .sharedBy
    case .sharedBy: .shared
    }
  }
}

/// What an object is.
public enum ObjectType: UInt8, BitwiseCopyable, Sendable {
  case user, post
}

/// One object: its type, and the bytes of its data.
public struct ObjectRecord: Equatable, BitwiseCopyable, Sendable {
  public var dataBytes: UInt32
  public var type: ObjectType

  public init(type: ObjectType, dataBytes: UInt32) {
    self.type = type
    self.dataBytes = dataBytes
  }
}

/// One association of a source and a type, which it does not repeat.
public struct Association: Equatable, BitwiseCopyable, Sendable {
  public var destination: UInt32
  /// Of the caller's clock, such as milliseconds since the run's start.
  public var time: Int32
  public var data: UInt32

  public init(destination: UInt32, time: Int32, data: UInt32 = 0) {
    self.destination = destination
    self.time = time
    self.data = data
  }

  /// Older first; of the same time, the smaller destination first.
  @inline(__always)
  static func < (a: Association, b: Association) -> Bool {
    a.time != b.time ? a.time < b.time : a.destination < b.destination
  }
}

/// Part of an association list, newest first. Valid until the store is written to.
public struct AssociationPage {
  let newest: UnsafePointer<Association>?
  public let count: Int

  public subscript(index: Int) -> Association {
    guard let newest, index >= 0, index < count else { preconditionFailure("beyond the page") }
    return newest[-index]
  }

  public var associations: [Association] { (0..<count).map { self[$0] } }
}

/// Objects and typed associations between them, as TAO has them (Bronson et al.: "TAO: Facebook's
/// distributed data store for the social graph", USENIX ATC 2013, section 3).
///
/// The associations of one source and type are a list in order of time. There is at most one to
/// each destination, so that adding again overwrites. Which shard a list lies on is for the tier to
/// say: the shard of its source, where every query is answered; the inverse of an association is
/// one of its own, on the shard of its destination.
///
/// Lists are rows of 12 bytes an association in one arena, in blocks of powers of two; a table from
/// list and destination to time finds one of many. The newest is appended; anything else moves
/// what is newer.
public struct ObjectStore: ~Copyable {
  /// Associations that one query gives at most (section 3.4: typically 6,000).
  public let rangeLimit: Int

  private struct List: BitwiseCopyable {
    var offset: UInt32
    var count: UInt32
    var capacityBits: UInt8
  }

  private static let none = UInt32.max
  private static let leastBits: UInt8 = 1

  private var objects: [ObjectRecord] = []
  private var lists: [List] = []
  /// List by source and type.
  private var directory = FlatTable()
  /// Time by list and destination.
  private var times = FlatTable()
  private var arena: UnsafeMutablePointer<Association>
  private var arenaCount = 0
  private var arenaCapacity = 1024
  /// Blocks given back, by their bits; each begins with the offset of the next.
  private var free = [UInt32](repeating: ObjectStore.none, count: 33)
  /// Associations of all lists.
  public private(set) var associationCount = 0

  /// - Parameter users: objects that there are already, with the ids from 0.
  public init(users: Int = 0, rangeLimit: Int = 6000) {
    self.rangeLimit = rangeLimit
    arena = .allocate(capacity: arenaCapacity)
    objects = Array(repeating: ObjectRecord(type: .user, dataBytes: 0), count: users)
  }

  deinit { arena.deallocate() }

  // MARK: Objects

  public var objectCount: Int { objects.count }

  /// Adds an object and returns its id; ids rise from 0.
  @discardableResult
  public mutating func addObject(_ record: ObjectRecord) -> UInt32 {
    objects.append(record)
    return UInt32(objects.count - 1)
  }

  /// Nil for an id that has not been given.
  public func object(_ id: UInt32) -> ObjectRecord? {
    Int(id) < objects.count ? objects[Int(id)] : nil
  }

  // MARK: Writing

  /// assoc_add: adds an association, or overwrites the one to the same destination; whether it is
  /// new.
  @discardableResult
  public mutating func add(
    _ association: Association, of type: AssociationType, from source: UInt32
  ) -> Bool {
    let list = madeList(of: type, from: source)
    let key = Self.key(list, association.destination)
    let old = times[key]
    if let old {
      let place = place(of: association.destination, at: Int32(bitPattern: old), in: list)
      close(place, in: list)
    } else {
      associationCount += 1
    }
    insert(association, into: list)
    times.set(key, to: UInt32(bitPattern: association.time))
    return old == nil
  }

  /// assoc_delete: whether there was one.
  @discardableResult
  public mutating func remove(
    _ destination: UInt32, of type: AssociationType, from source: UInt32
  ) -> Bool {
    guard let list = list(of: type, from: source) else { return false }
    let key = Self.key(list, destination)
    guard let time = times[key] else { return false }
    close(place(of: destination, at: Int32(bitPattern: time), in: list), in: list)
    times.remove(key)
    associationCount -= 1
    return true
  }

  // MARK: Queries

  /// assoc_get: those to a set of destinations, and of times in a range, newest first.
  public func get(
    _ destinations: [UInt32], of type: AssociationType, from source: UInt32,
    times range: ClosedRange<Int32> = Int32.min...Int32.max
  ) -> [Association] {
    guard let list = list(of: type, from: source) else { return [] }
    var found: [Association] = []
    for destination in destinations {
      guard let bits = times[Self.key(list, destination)] else { continue }
      let time = Int32(bitPattern: bits)
      if !range.contains(time) { continue }
      found.append(row(list)[place(of: destination, at: time, in: list)])
    }
    found.sort { $1 < $0 }
    return Array(found.prefix(rangeLimit))
  }

  /// assoc_count.
  public func count(of type: AssociationType, from source: UInt32) -> Int {
    list(of: type, from: source).map { Int(lists[$0].count) } ?? 0
  }

  /// assoc_range: from a position on, newest first.
  public func range(
    of type: AssociationType, from source: UInt32, position: Int, limit: Int
  ) -> AssociationPage {
    guard let list = list(of: type, from: source) else {
      return AssociationPage(newest: nil, count: 0)
    }
    return page(list, end: Int(lists[list].count) - max(0, position), begin: 0, limit)
  }

  /// assoc_time_range: of times in a range, newest first.
  public func range(
    of type: AssociationType, from source: UInt32, times: ClosedRange<Int32>, limit: Int
  ) -> AssociationPage {
    guard let list = list(of: type, from: source) else {
      return AssociationPage(newest: nil, count: 0)
    }
    let begin = lowerBound(list, Association(destination: 0, time: times.lowerBound))
    let end =
      times.upperBound == .max
      ? Int(lists[list].count)
      : lowerBound(list, Association(destination: 0, time: times.upperBound + 1))
    return page(list, end: end, begin: begin, limit)
  }

  private func page(_ list: Int, end: Int, begin: Int, _ limit: Int) -> AssociationPage {
    let count = min(end - begin, limit, rangeLimit)
    guard count > 0 else { return AssociationPage(newest: nil, count: 0) }
    return AssociationPage(newest: UnsafePointer(row(list) + (end - 1)), count: count)
  }

  // MARK: Lists

  @inline(__always)
  private static func key(_ list: Int, _ destination: UInt32) -> UInt64 {
    UInt64(list) << 32 | UInt64(destination)
  }

  @inline(__always)
  private func list(of type: AssociationType, from source: UInt32) -> Int? {
    directory[UInt64(source) << 8 | UInt64(type.rawValue)].map { Int($0) }
  }

  private mutating func madeList(of type: AssociationType, from source: UInt32) -> Int {
    if let list = list(of: type, from: source) { return list }
    let block = takeBlock(Self.leastBits)
    lists.append(List(offset: block, count: 0, capacityBits: Self.leastBits))
    directory.set(
      UInt64(source) << 8 | UInt64(type.rawValue), to: UInt32(lists.count - 1))
    return lists.count - 1
  }

  /// A list's associations, oldest first.
  @inline(__always)
  private func row(_ list: Int) -> UnsafeMutablePointer<Association> {
    arena + Int(lists[list].offset)
  }

  /// The first place whose association is not before this one.
  private func lowerBound(_ list: Int, _ association: Association) -> Int {
    let row = row(list)
    var low = 0
    var high = Int(lists[list].count)
    while low < high {
      let middle = low + (high - low) / 2
      if row[middle] < association { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func place(of destination: UInt32, at time: Int32, in list: Int) -> Int {
    lowerBound(list, Association(destination: destination, time: time))
  }

  private mutating func insert(_ association: Association, into list: Int) {
    let count = Int(lists[list].count)
    if count == 1 << Int(lists[list].capacityBits) { enlarge(list) }
    let row = row(list)
    var place = count
    if count > 0, association < row[count - 1] { place = lowerBound(list, association) }
    (row + place + 1).update(from: row + place, count: count - place)
    row[place] = association
    lists[list].count += 1
  }

  /// Takes an association out of its list.
  private mutating func close(_ place: Int, in list: Int) {
    let row = row(list)
    lists[list].count -= 1
    (row + place).update(from: row + place + 1, count: Int(lists[list].count) - place)
  }

  private mutating func enlarge(_ list: Int) {
    let old = lists[list]
    let block = takeBlock(old.capacityBits + 1)
    (arena + Int(block)).update(from: arena + Int(old.offset), count: Int(old.count))
    lists[list].offset = block
    lists[list].capacityBits += 1
    arena[Int(old.offset)].destination = free[Int(old.capacityBits)]
    free[Int(old.capacityBits)] = old.offset
  }

  // MARK: Arena

  private mutating func takeBlock(_ bits: UInt8) -> UInt32 {
    let block = free[Int(bits)]
    if block != Self.none {
      free[Int(bits)] = arena[Int(block)].destination
      return block
    }
    let size = 1 << Int(bits)
    if arenaCount + size > arenaCapacity {
      arenaCapacity += arenaCapacity / 4 + size
      let larger = UnsafeMutablePointer<Association>.allocate(capacity: arenaCapacity)
      larger.update(from: arena, count: arenaCount)
      arena.deallocate()
      arena = larger
    }
    arenaCount += size
    return UInt32(arenaCount - size)
  }

  /// Bytes held for objects, lists and their tables.
  public var bytes: Int {
    objects.count * MemoryLayout<ObjectRecord>.stride + lists.count * MemoryLayout<List>.stride
      + arenaCapacity * MemoryLayout<Association>.stride + directory.bytes + times.bytes
  }

  /// Whether every list is in order and no association stands anywhere but in its list.
  public var isSound: Bool {
    var held = 0
    for list in lists.indices {
      let row = row(list)
      for place in 0..<Int(lists[list].count) {
        let time = UInt32(bitPattern: row[place].time)
        if times[Self.key(list, row[place].destination)] != time { return false }
        if place > 0, !(row[place - 1] < row[place]) { return false }
      }
      held += Int(lists[list].count)
    }
    return held == associationCount && times.count == associationCount
  }
}
