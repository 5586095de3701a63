import CGSL
import Simulation

/// Working memory of one run's loads, grown as needed and never given back.
struct Scratch: ~Copyable {
  private(set) var ids: UnsafeMutablePointer<UInt32>
  private(set) var scores: UnsafeMutablePointer<Float>
  private(set) var keys: UnsafeMutablePointer<UInt64>
  private(set) var sources: UnsafeMutablePointer<CandidateSource>
  private var candidateCapacity = 1024
  private var cursors: UnsafeMutablePointer<UInt32>
  private var authorCapacity = 256
  private var selected: UnsafeMutablePointer<UInt32>
  private var selectedCapacity = 256
  private(set) var perShard: UnsafeMutablePointer<UInt32>
  private var shardCapacity = 64

  init() {
    ids = .allocate(capacity: candidateCapacity)
    scores = .allocate(capacity: candidateCapacity)
    keys = .allocate(capacity: candidateCapacity)
    sources = .allocate(capacity: candidateCapacity)
    cursors = .allocate(capacity: authorCapacity)
    perShard = .allocate(capacity: shardCapacity)
    selected = .allocate(capacity: selectedCapacity)
  }

  deinit {
    ids.deallocate()
    scores.deallocate()
    keys.deallocate()
    sources.deallocate()
    cursors.deallocate()
    perShard.deallocate()
    selected.deallocate()
  }

  mutating func reserve(candidates: Int, authors: Int) {
    if candidates > candidateCapacity {
      candidateCapacity = candidates.nextPowerOfTwo
      ids.deallocate()
      scores.deallocate()
      keys.deallocate()
      sources.deallocate()
      ids = .allocate(capacity: candidateCapacity)
      scores = .allocate(capacity: candidateCapacity)
      keys = .allocate(capacity: candidateCapacity)
      sources = .allocate(capacity: candidateCapacity)
    }
    if authors > authorCapacity {
      authorCapacity = authors.nextPowerOfTwo
      cursors.deallocate()
      cursors = .allocate(capacity: authorCapacity)
    }
  }

  /// Counts authors by shard into `perShard`.
  mutating func count(_ authors: UnsafeBufferPointer<UInt32>, shards: Int) {
    clearShards(shards)
    for author in authors { perShard[Int(author) % shards] &+= 1 }
  }

  /// Sets `perShard` to none for each shard.
  mutating func clearShards(_ shards: Int) {
    if shards > shardCapacity {
      perShard.deallocate()
      shardCapacity = shards.nextPowerOfTwo
      perShard = .allocate(capacity: shardCapacity)
    }
    perShard.update(repeating: 0, count: shards)
  }

  /// Room for so many authors of a row, valid until the next call.
  mutating func reserve(selected count: Int) -> UnsafeMutablePointer<UInt32> {
    if count > selectedCapacity {
      selected.deallocate()
      selectedCapacity = count.nextPowerOfTwo
      selected = .allocate(capacity: selectedCapacity)
    }
    return selected
  }

  /// The authors that a viewer pulls besides the first `whole`, where edges differ.
  ///
  /// - Parameter below: authors from this id are pushed to everybody.
  mutating func select(
    _ followees: UnsafeBufferPointer<UInt32>, whole: Int, below: UInt32, pulledBy viewer: UInt32,
    _ split: EdgeSplit
  ) -> UnsafeBufferPointer<UInt32> {
    let selected = reserve(selected: followees.count)
    var count = 0
    for (index, author) in followees.enumerated() {
      if author >= below { break }
      selected[count] = author
      count += index < whole || !split.pushes(author, to: viewer) ? 1 : 0
    }
    return UnsafeBufferPointer(start: selected, count: count)
  }

  /// Appends the authors' newest posts to `ids` from position `start`, up to `perAuthor` each;
  /// returns how many.
  ///
  /// Walks level by level, every author's newest first: the chains' cache misses overlap, where
  /// one author after the other would wait for each.
  mutating func pull(
    _ authors: UnsafeBufferPointer<UInt32>, from posts: borrowing PostStore,
    ids live: Range<UInt32>, perAuthor: Int, after start: Int
  ) -> Int {
    var active = 0
    for author in authors {
      let post = posts.latest(of: author)
      guard post != PostStore.none, post >= live.lowerBound else { continue }
      feedsim_prefetch(posts.records + Int(post))
      cursors[active] = post
      active += 1
    }
    var found = start
    var level = 0
    while active > 0, level < perAuthor {
      var kept = 0
      for index in 0..<active {
        let post = cursors[index]
        if post < live.upperBound {
          ids[found] = post
          found += 1
        }
        let previous = posts[post].previous
        guard previous != PostStore.none, previous >= live.lowerBound else { continue }
        feedsim_prefetch(posts.records + Int(previous))
        cursors[kept] = previous
        kept += 1
      }
      active = kept
      level += 1
    }
    return found - start
  }

  /// Keeps those of the first `count` ids that pass; returns how many.
  func keep(_ count: Int, where passes: (UInt32) -> Bool) -> Int {
    var kept = 0
    for index in 0..<count {
      let post = ids[index]
      ids[kept] = post
      kept += passes(post) ? 1 : 0
    }
    return kept
  }

  /// Keeps the first `count` ids once each, rising; returns how many.
  func unique(_ count: Int) -> Int {
    var all = UnsafeMutableBufferPointer(start: ids, count: count)
    all.sort()
    var kept = min(count, 1)
    for index in kept..<max(count, kept) where all[index] != all[index - 1] {
      all[kept] = all[index]
      kept += 1
    }
    return kept
  }

  /// Copies the newest `limit` of the first `count` ids to `out`; returns how many.
  mutating func newest(
    _ count: Int, limit: Int, _ out: UnsafeMutablePointer<UInt32>
  ) -> Int {
    if count <= limit {
      out.update(from: ids, count: count)
      return count
    }
    for index in 0..<count { keys[index] = UInt64(ids[index]) }
    partition(keys, count: count, largest: limit)
    for index in 0..<limit { out[index] = UInt32(truncatingIfNeeded: keys[index]) }
    return limit
  }
}
