import Simulation
import Testing

@testable import FeedSystem

/// Objects and associations against a store written without any care for speed.
struct ObjectStoreTests {
  /// Every list in order, newest first, found by looking at all of it.
  private struct NaiveStore {
    var lists: [UInt64: [Association]] = [:]

    static func key(_ source: UInt32, _ type: AssociationType) -> UInt64 {
      UInt64(source) << 8 | UInt64(type.rawValue)
    }

    mutating func add(_ new: Association, _ key: UInt64) -> Bool {
      let isNew = !remove(new.destination, key)
      var list = lists[key] ?? []
      let place = list.firstIndex { $0 < new } ?? list.count
      list.insert(new, at: place)
      lists[key] = list
      return isNew
    }

    mutating func remove(_ destination: UInt32, _ key: UInt64) -> Bool {
      guard let place = lists[key]?.firstIndex(where: { $0.destination == destination }) else {
        return false
      }
      lists[key]?.remove(at: place)
      return true
    }
  }

  #if DEBUG
    private static let operations = 30_000
  #else
    private static let operations = 1_000_000
  #endif

  /// LinkBench's mix has more reads; here every operation is as likely as any.
  @Test func isWhatANaiveStoreIs() {
    var stream = RandomStream(seed: 1, purpose: 1)
    var store = ObjectStore(rangeLimit: 50)
    var naive = NaiveStore()
    var wrong = 0
    var renewed = 0
    var removed = 0
    var found = 0
    for operation in 0..<Self.operations {
      // A few sources have most, so that lists are of all lengths.
      let source = UInt32(min(stream.below(40), stream.below(40)))
      let type = AssociationType.allCases[Int(stream.below(6))]
      let key = NaiveStore.key(source, type)
      let destination = UInt32(stream.below(UInt64(2 + source * 4)))
      // Mostly the newest, with ties; now and then a time gone by.
      let late = stream.below(4) == 0 ? stream.below(2000) : 0
      let time = Int32(clamping: Int64(operation / 3) - Int64(late))
      switch stream.below(6) {
      case 0, 1:
        let new = Association(destination: destination, time: time, data: UInt32(operation))
        let isNew = store.add(new, of: type, from: source)
        wrong += naive.add(new, key) == isNew ? 0 : 1
        renewed += isNew ? 0 : 1
      case 2:
        let was = store.remove(destination, of: type, from: source)
        wrong += naive.remove(destination, key) == was ? 0 : 1
        removed += was ? 1 : 0
      case 3:
        let asked = [destination, destination &+ 1, 7]
        let low = time - 3000
        let got = store.get(asked, of: type, from: source, times: low...time)
        let expected = (naive.lists[key] ?? []).filter {
          (low...time).contains($0.time) && Set(asked).contains($0.destination)
        }
        wrong += Set(asked).count < 3 || got == expected ? 0 : 1
      case 4:
        let position = Int(stream.below(20))
        let limit = Int(stream.below(100))
        let page = store.range(of: type, from: source, position: position, limit: limit)
        let expected = (naive.lists[key] ?? []).dropFirst(position).prefix(min(limit, 50))
        wrong += page.associations == Array(expected) ? 0 : 1
        found += page.count
        wrong += store.count(of: type, from: source) == (naive.lists[key] ?? []).count ? 0 : 1
      default:
        let limit = Int(stream.below(100))
        let low = time - Int32(stream.below(4000))
        let page = store.range(of: type, from: source, times: low...time, limit: limit)
        let expected = (naive.lists[key] ?? []).filter { (low...time).contains($0.time) }
        wrong += page.associations == Array(expected.prefix(min(limit, 50))) ? 0 : 1
      }
    }
    #expect(wrong == 0)
    let held = naive.lists.values.reduce(0) { $0 + $1.count }
    let count = store.associationCount
    let isSound = store.isSound
    #expect(count == held && isSound)
    #expect(renewed > 1000 && removed > 1000 && found > 10_000)
  }

  /// Every type has one inverse, and no association is its own.
  @Test func inversesAreTwoWays() {
    for type in AssociationType.allCases {
      #expect(type.inverse.inverse == type && type.inverse != type)
    }
    #expect(Set(AssociationType.allCases.map(\.inverse)).count == AssociationType.allCases.count)
  }

  @Test func aQueryGivesNoMoreThanTheLimit() {
    var store = ObjectStore()
    for destination in 0..<UInt32(7000) {
      store.add(
        Association(destination: destination, time: Int32(destination)), of: .likedBy, from: 3)
    }
    let first = store.range(of: .likedBy, from: 3, position: 0, limit: .max).associations
    let rest = store.range(of: .likedBy, from: 3, position: 6000, limit: .max).associations
    #expect(first.count == 6000 && rest.count == 1000)
    #expect((first + rest).map(\.destination) == (0..<7000).reversed())
    let all = store.range(of: .likedBy, from: 3, times: .min...Int32.max, limit: 10_000).count
    let nobody = store.range(of: .liked, from: 3, position: 0, limit: 10).count
    let beyond = store.range(of: .likedBy, from: 3, position: 7000, limit: 10).count
    #expect(all == 6000 && nobody == 0 && beyond == 0)
  }

  @Test func objectsAreNumberedInTheirOrder() {
    var store = ObjectStore(users: 2)
    let post = store.addObject(ObjectRecord(type: .post, dataBytes: 2000))
    #expect(post == 2)
    let (user, held, nothing) = (store.object(1), store.object(2), store.object(3))
    #expect(user?.type == .user && held == ObjectRecord(type: .post, dataBytes: 2000))
    #expect(nothing == nil)
  }

  /// A million associations of lists of all lengths: 12 bytes each, what blocks of powers of two
  /// leave, and the table, which is at least three eighths full.
  @Test func memoryIsFlat() {
    var store = ObjectStore()
    let empty = store.bytes
    var stream = RandomStream(seed: 2, purpose: 1)
    let count = Self.operations
    for index in 0..<count {
      let source = UInt32(stream.below(UInt64(1 + index / 20)))
      store.add(
        Association(destination: UInt32(index), time: Int32(index)), of: .liked, from: source)
    }
    let each = Double(store.bytes - empty) / Double(count)
    #expect(each > 20 && each < 80, "\(each) bytes an association")
  }
}
