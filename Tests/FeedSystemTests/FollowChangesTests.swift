import Simulation
import Testing

@testable import FeedSystem

/// The overlay on the graph, against sets of pairs.
struct FollowChangesTests {
  private struct Pair: Hashable {
    var viewer: UInt32
    var author: UInt32
  }

  /// Random changes of random pairs, one post between each two: who followed at which post, from
  /// every side from which it can be asked.
  @Test func knowsWhoFollowedWhenAPostWasStored() throws {
    let users: UInt32 = 9
    for seed in 1...40 as ClosedRange<UInt64> {
      let graph = WrittenAudience.drawn(users: Int(users), chance: 0.3, seed: seed).audience.graph
      var changes = FollowChanges(graph)
      var held: Set<Pair> = []
      for author in 0..<users {
        for viewer in graph.followers(of: author) {
          held.insert(Pair(viewer: viewer, author: author))
        }
      }
      var history: [Set<Pair>] = []
      var blocked: Set<Pair> = []
      var stream = RandomStream(seed: seed, purpose: 9)
      for post in 0..<60 as Range<UInt32> {
        let viewer = UInt32(stream.below(UInt64(users)))
        let author = UInt32(stream.below(UInt64(users)))
        let pair = Pair(viewer: viewer, author: author)
        let back = Pair(viewer: author, author: viewer)
        switch stream.below(10) {
        case 0...5:
          let may =
            viewer != author && !held.contains(pair)
            && !blocked.contains(pair) && !blocked.contains(back)
          let began = changes.begin(viewer, author, from: post)
          #expect(began == may)
          if may { held.insert(pair) }
        case 6...8:
          let ended = changes.end(viewer, author, from: post)
          #expect(ended == held.contains(pair))
          held.remove(pair)
        default:
          guard viewer != author else { break }
          _ = changes.block(viewer, author)
          _ = changes.end(viewer, author, from: post)
          _ = changes.end(author, viewer, from: post)
          blocked.insert(pair)
          held.remove(pair)
          held.remove(back)
        }
        history.append(held)
      }
      for author in 0..<users {
        for (post, held) in history.enumerated() {
          let followers = (0..<users).filter { held.contains(Pair(viewer: $0, author: author)) }
          var found: [UInt32] = []
          changes.forEachFollow(of: author) { viewer, posts in
            if posts.contains(UInt32(post)) { found.append(viewer) }
          }
          #expect(found.sorted() == followers, "seed \(seed)")
          #expect(changes.followerCount(of: author, when: UInt32(post)) == followers.count)
          let asked = (0..<users).filter { changes.followed($0, author, when: UInt32(post)) }
          #expect(asked == followers)
        }
        #expect(changes.followerCount(of: author) == held.count { $0.author == author })
      }
      for viewer in 0..<users {
        let now = held.filter { $0.viewer == viewer }.map(\.author).sorted()
        #expect(Array(changes.followees(of: viewer)) == now)
        #expect(changes.followeeCount(of: viewer) == now.count)
      }
      #expect(changes.countByAuthor() == held.count && changes.countByViewer() == held.count)
    }
  }

  /// A job's places mean the same whatever comes after.
  @Test func placesStay() throws {
    let graph = WrittenAudience.drawn(users: 9, chance: 0.3, seed: 3).audience.graph
    var changes = FollowChanges(graph)
    func places(_ changes: borrowing FollowChanges) -> [UInt32] {
      (0..<changes.places(of: 0)).map { changes.follower(at: $0, of: 0) }
    }
    var before = places(changes)
    #expect(before == Array(graph.followers(of: 0)))
    for round in 0..<3 as Range<UInt32> {
      for viewer in 1..<9 as Range<UInt32> {
        if changes.isFollowing(viewer, 0) {
          _ = changes.end(viewer, 0, from: round)
        } else {
          _ = changes.begin(viewer, 0, from: round)
        }
        let after = places(changes)
        #expect(Array(after.prefix(before.count)) == before)
        before = after
      }
    }
    #expect(before.count > graph.followerCount(of: 0))
  }

  @Test func mutesAndBlocksAreTheViewersOwn() throws {
    var changes = FollowChanges(
      WrittenAudience.drawn(users: 9, chance: 0.3, seed: 3).audience.graph)
    let once = changes.mute(2, by: 5)
    let again = changes.mute(2, by: 5)
    #expect(once && !again)
    #expect(changes.hides(2, from: 5) && !changes.hides(5, from: 2) && !changes.hides(2, from: 4))
    #expect(changes.touches(viewer: 5) && !changes.touches(viewer: 2))
    let blocked = changes.block(3, 1)
    let twice = changes.block(1, 3)
    #expect(blocked && !twice && changes.isBlocked(1, 3) && changes.isBlocked(3, 1))
    let begins = changes.begin(1, 3, from: 0)
    #expect(!begins && !changes.isBlocked(1, 2))
  }
}
