import Simulation
import Testing

@testable import FeedSystem

/// The leaves' three indices against lists that are searched from end to end.
struct LeafIndexTests {
  private struct Held {
    var post: UInt32
    var author: UInt32
    var time: Int32
    var visibility: Visibility
  }

  private static func read(
    _ index: borrowing LeafIndex, _ author: UInt32, _ ids: Range<UInt32>, _ limit: Int
  ) -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: 2000) { buffer, count in
      count = 0
      guard let base = buffer.baseAddress else { return }
      count = index.read(author, ids: ids, limit: limit, into: base)
    }
  }

  @Test(arguments: [1, 3, 16])
  func isWhatListsAre(_ leafCount: Int) {
    var stream = RandomStream(seed: UInt64(leafCount), purpose: 1)
    var index = LeafIndex(leaves: leafCount, users: 40)
    var held: [Held] = []
    var evicted = 0
    for post in 0..<UInt32(3000) {
      let author = UInt32(min(stream.below(40), stream.below(40)))
      let visibility: Visibility = stream.below(3) == 0 ? .followers : .everyone
      let time = Int32(post) * 10
      index.append(post, by: author, at: time, visibility)
      held.append(Held(post: post, author: author, time: time, visibility: visibility))
      if stream.below(50) == 0 {
        let leaf = Int(stream.below(UInt64(leafCount)))
        let before = Int64(time) - 5000
        index.evict(from: leaf, before: before)
        evicted += held.count
        held.removeAll { Int($0.author) % leafCount == leaf && Int64($0.time) < before }
        evicted -= held.count
      }
      if stream.below(800) == 0 {
        let leaf = Int(stream.below(UInt64(leafCount)))
        index.clear(leaf)
        held.removeAll { Int($0.author) % leafCount == leaf }
      }
      if post % 7 != 0 { continue }
      let asked = UInt32(stream.below(40))
      let own = held.filter { $0.author == asked }.map(\.post)
      let latest = index.latest(of: asked)
      #expect(latest == own.last)
      let low = UInt32(stream.below(UInt64(post) + 1))
      let high = low + UInt32(stream.below(1000))
      let limit = Int(stream.below(30))
      let newest = own.reversed().filter { $0 >= low }.prefix(limit).filter { $0 < high }
      let read = Self.read(index, asked, low..<high, limit)
      #expect(read == Array(newest))
      let recent = index.recent(limit)
      #expect(recent == Array(held.map(\.post).reversed().prefix(limit)))
      for visibility in Visibility.allCases {
        let seen = held.filter { $0.visibility == visibility }.map(\.post)
        let found = index.recent(limit, visibility)
        #expect(found == Array(seen.reversed().prefix(limit)))
      }
    }
    let count = index.count
    #expect(count == held.count && evicted > 100)
  }
}
