import CGSL
import Simulation

extension FeedSystem {
  /// Fills stores and timelines with the posts of the past entry lifetime, drawn at the
  /// scenario's own mean rates, so that the run begins in its steady state.
  ///
  /// Reactions to a past post are exponential around what its author's active followers would
  /// leave, saturating over a day. A reader's last load lies one draw of the time between
  /// sessions back. The feed cache is filled by the warm-up window instead.
  public func warmStart() {
    drawLastLoads()
    let lifetime = design.timelines.lifetime + (design.timelines.window ?? .zero)
    let rate = audience.activity.postRateTotal
    guard rate > 0 else { return }
    var times = RandomStream(seed: seed, purpose: Purpose.history.rawValue)
    var authors = RandomStream(seed: seed, purpose: Purpose.historyAuthor.rawValue)
    var reactions = RandomStream(seed: seed, purpose: Purpose.historyEngagement.rawValue)
    let gap = Distribution.exponential(mean: 1 / rate)
    var time = -lifetime.nanoseconds
    while true {
      time += gap.sample(&times).nanoseconds
      guard time < 0 else { break }
      let author = audience.activity.author(&authors)
      let milliseconds = time / 1_000_000
      let post = posts.append(author: author, at: milliseconds, measured: false)
      if world == nil {
        drawReactions(to: post, by: author, age: -time, &reactions)
      } else {
        drawJudgements(of: post, by: author, age: -time, &reactions)
      }
    }
    historyCount = posts.count
    bookHistory()
    startStores()
    if countsDeliveries {
      for post in 0..<UInt32(historyCount) { counted.addHistory(by: posts[post].author) }
    } else if writesTimelines {
      fillTimelines()
    }
    pretrain()
  }

  private func drawLastLoads() {
    let perSession = traffic.sessions.loads
    for user in 0..<UInt32(audience.graph.userCount) {
      let rate = audience.activity.loadRate(of: user) / perSession
      guard rate > 0 else { continue }
      var stream = RandomStream(
        seed: seed, purpose: Purpose.lastLoad.rawValue, entity: UInt64(user))
      let back = Distribution.exponential(mean: 1 / rate).sample(&stream)
      timelines.viewer(user).pointee.lastLoadMilliseconds =
        -Int32(clamping: min(back.nanoseconds / 1_000_000, Int64(Int32.max) - 1))
    }
  }

  /// Writes the history into the timelines, viewer by viewer: what each delivery would have
  /// written in its turn, but with the ring filled in one go. Delivery by delivery, every entry
  /// is a cache miss of its own.
  private func fillTimelines() {
    let history = HistoryByAuthor(posts, authors: audience.graph.userCount)
    var order = TimeOrder(ids: historyCount)
    for user in 0..<UInt32(audience.graph.userCount) {
      order.clear()
      let followees = audience.graph.followees(of: user)
      for index in 0..<followees.count {
        history.prefetch(followees, after: index)
        let author = followees[index]
        let ids = history.posts(of: author)
        switch classes.plan(of: author) {
        case .pull, .nobody: continue
        case .push: order.append(ids)
        case .pushToSome: if classes.edges.pushes(author, to: user) { order.append(ids) }
        case .pushToActive, .pushToActiveAndPull, .pushSampled:
          for post in ids
          where isDue(user, post, stored: Int64(posts[post].storedMilliseconds)) {
            order.append(post)
          }
        }
      }
      if tickLength != nil {
        order.sort(newest: order.count)
        order.keepLast { tick(of: $0) == tick(of: $1) }
      } else {
        order.sort(newest: timelines.held)
      }
      timelines.fill(user, with: order.ids, count: order.count)
    }
  }

  private func drawReactions(
    to post: UInt32, by author: UInt32, age nanoseconds: Int64, _ stream: inout RandomStream
  ) {
    let days = Double(nanoseconds) / 86_400e9
    let readers =
      Double(audience.graph.followerCount(of: author)) * audience.activity.activeShare
      * min(1, days)
    let habits = traffic.engagementHabits
    let worth = readers * -ln(stream.openUniform())
    posts.add(.like, to: post, times: UInt32(min(worth * habits.likes, 4e9)))
    posts.add(.comment, to: post, times: UInt32(min(worth * habits.comments, 4e9)))
    posts.add(.share, to: post, times: UInt32(min(worth * habits.shares, 4e9)))
  }
}

/// The posts of the history by author, each author's in order of time.
private struct HistoryByAuthor: ~Copyable {
  private let offsets: UnsafeMutablePointer<UInt32>
  private let ids: UnsafeMutablePointer<UInt32>

  init(_ posts: borrowing PostStore, authors: Int) {
    offsets = .allocate(capacity: authors + 2)
    offsets.initialize(repeating: 0, count: authors + 2)
    ids = .allocate(capacity: posts.count + TimeOrder.stride)
    ids.initialize(repeating: 0, count: posts.count + TimeOrder.stride)
    for post in 0..<UInt32(posts.count) { offsets[Int(posts[post].author) + 2] += 1 }
    for author in 0..<authors { offsets[author + 2] += offsets[author + 1] }
    // While ids are dealt, an author's begin stands one place further on.
    for post in 0..<UInt32(posts.count) {
      let author = Int(posts[post].author)
      ids[Int(offsets[author + 1])] = post
      offsets[author + 1] += 1
    }
  }

  deinit {
    offsets.deallocate()
    ids.deallocate()
  }

  /// Asks for what `posts` will touch for the authors a few places on.
  @inline(__always)
  func prefetch(_ authors: UnsafeBufferPointer<UInt32>, after index: Int) {
    if index + 24 < authors.count { feedsim_prefetch(offsets + Int(authors[index + 24])) }
    if index + 12 < authors.count {
      feedsim_prefetch(ids + Int(offsets[Int(authors[index + 12])]))
    }
  }

  /// A stride's ids may be read behind the last of them.
  @inline(__always)
  func posts(of author: UInt32) -> UnsafeBufferPointer<UInt32> {
    let first = offsets[Int(author)]
    return UnsafeBufferPointer(
      start: ids + Int(first), count: Int(offsets[Int(author) + 1] - first))
  }
}

/// Sorts one viewer's entries, as many of the newest as are wanted: ids are spread evenly over the
/// history, so one pass of buckets by their leading bits leaves next to nothing for an insertion
/// sort, and of many, buckets that are small beside the whole.
private struct TimeOrder: ~Copyable {
  private(set) var ids: UnsafeMutablePointer<UInt32>
  private(set) var count = 0
  private var other: UnsafeMutablePointer<UInt32>
  private var capacity = 1024
  private let buckets: UnsafeMutablePointer<UInt32>
  private static let mostBuckets = 512
  private let bucketCount: Int
  /// Ids that are copied at once.
  static let stride = 4
  private let shift: UInt32

  /// - Parameter ids: all are below this.
  init(ids limit: Int) {
    ids = .allocate(capacity: capacity)
    other = .allocate(capacity: capacity)
    buckets = .allocate(capacity: TimeOrder.mostBuckets)
    var shift: UInt32 = 0
    while limit >> Int(shift) >= TimeOrder.mostBuckets { shift += 1 }
    self.shift = shift
    bucketCount = (limit >> Int(shift)) + 1
  }

  deinit {
    ids.deallocate()
    other.deallocate()
    buckets.deallocate()
  }

  mutating func clear() { count = 0 }

  /// Most authors have next to no posts, and how many cannot be foreseen: so a stride is always
  /// copied, which needs no branch.
  ///
  /// - Parameter posts: of which a stride can be read whatever their number.
  @inline(__always)
  mutating func append(_ posts: UnsafeBufferPointer<UInt32>) {
    if count + posts.count + TimeOrder.stride > capacity {
      grow(to: count + posts.count + TimeOrder.stride)
    }
    guard let first = posts.baseAddress else { return }
    for index in 0..<TimeOrder.stride { ids[count + index] = first[index] }
    if posts.count > TimeOrder.stride {
      for index in TimeOrder.stride..<posts.count { ids[count + index] = first[index] }
    }
    count += posts.count
  }

  @inline(__always)
  mutating func append(_ post: UInt32) {
    if count == capacity { grow(to: count + 1) }
    ids[count] = post
    count += 1
  }

  /// Of neighbours that share a row, keeps the last.
  mutating func keepLast(where shareRow: (UInt32, UInt32) -> Bool) {
    var kept = 0
    for index in 0..<count {
      if kept > 0, shareRow(ids[kept - 1], ids[index]) { kept -= 1 }
      ids[kept] = ids[index]
      kept += 1
    }
    count = kept
  }

  /// What is older than the newest wanted means nothing afterwards, but counts.
  mutating func sort(newest wanted: Int) {
    buckets.update(repeating: 0, count: bucketCount)
    for index in 0..<count { buckets[Int(ids[index] >> shift)] += 1 }
    var oldest = bucketCount
    var begin = count
    while oldest > 0, count - begin < wanted {
      oldest -= 1
      begin -= Int(buckets[oldest])
    }
    var start = UInt32(begin)
    for bucket in oldest..<bucketCount {
      let size = buckets[bucket]
      buckets[bucket] = start
      start += size
    }
    for index in 0..<count {
      let id = ids[index]
      let bucket = Int(id >> shift)
      if bucket < oldest { continue }
      other[Int(buckets[bucket])] = id
      buckets[bucket] += 1
    }
    swap(&ids, &other)
    var first = begin
    // An insertion sort takes the square of a bucket.
    if count - begin > 16 * (bucketCount - oldest) {
      for bucket in oldest..<bucketCount {
        let end = Int(buckets[bucket])
        var part = UnsafeMutableBufferPointer(start: ids + first, count: end - first)
        part.sort()
        first = end
      }
      return
    }
    var index = first + 1
    while index < count {
      let id = ids[index]
      var hole = index
      while hole > first, ids[hole - 1] > id {
        ids[hole] = ids[hole - 1]
        hole -= 1
      }
      ids[hole] = id
      index += 1
    }
  }

  private mutating func grow(to needed: Int) {
    capacity = needed.nextPowerOfTwo
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    larger.update(from: ids, count: count)
    ids.deallocate()
    ids = larger
    other.deallocate()
    other = .allocate(capacity: capacity)
  }
}
