/// The instants at which the servers of a tier fall free: long ago where one has not been used.
///
/// Up to 32 servers play a tournament (Knuth, TAOCP 3, 5.4.1) for who falls free first, a word
/// each: the time and, in the low five bits, the server; nothing branches on a time. Of more
/// servers, or beyond four years, those that have been used stand in a heap. That a server has
/// fallen free is only found out when it is wanted.
@usableFromInline
struct FreeTimes: ~Copyable {
  /// The tournament's winner and the loser at each node, the last match at node 1; or the heap.
  @usableFromInline var times: UnsafeMutablePointer<Int64>
  @usableFromInline var capacity = 32
  @usableFromInline var servers: Int
  /// When the first server falls free; never if there is none.
  @usableFromInline var first: Int64 = .min
  /// Ends from here on do not fit the tournament; the least of all while there is a heap.
  @usableFromInline var bound: Int64 = .min
  /// Used servers, in the heap; leaves of the tournament.
  @usableFromInline var count = 0
  /// When servers that were removed finish what they serve.
  @usableFromInline var leaving: [Int64] = []

  init(servers: Int) {
    self.servers = servers
    times = .allocate(capacity: capacity)
    arrange([])
  }

  @inlinable deinit { times.deallocate() }

  /// The first server, which is free `now`, is taken until `end`.
  @inlinable @inline(__always)
  mutating func take(until end: Int64, at now: Int64) {
    if end >= bound { return takeOfMany(end, now) }
    let leaf = times[0] & 31
    var player = end &<< 5 | leaf
    var node = (Int(truncatingIfNeeded: leaf) &+ count) &>> 1
    while node > 0 {
      let other = times[node]
      times[node] = max(other, player)
      player = min(other, player)
      node &>>= 1
    }
    times[0] = player
    first = player &>> 5
  }

  @usableFromInline @inline(never)
  mutating func takeOfMany(_ end: Int64, _ now: Int64) {
    if bound > .min { arrangeInHeap(ends) }
    if count > 0, times[0] <= now {
      sink(end)
    } else {
      rise(end)
    }
    first = count < servers ? .min : times[0]
  }

  private mutating func rise(_ time: Int64) {
    if count == capacity { grow() }
    var hole = count
    count += 1
    while hole > 0 {
      let parent = (hole - 1) >> 1
      if times[parent] <= time { break }
      times[hole] = times[parent]
      hole = parent
    }
    times[hole] = time
  }

  private mutating func sink(_ time: Int64) {
    var hole = 0
    while true {
      var child = 2 &* hole &+ 1
      if child >= count { break }
      let sibling = child &+ 1 < count ? child &+ 1 : child
      child = times[sibling] < times[child] ? sibling : child
      if times[child] >= time { break }
      times[hole] = times[child]
      hole = child
    }
    times[hole] = time
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Int64>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: times, count: count)
    times.deallocate()
    times = larger
    capacity *= 2
  }

  /// Puts servers that are busy until `ends` beside free ones.
  private mutating func arrange(_ ends: [Int64]) {
    let limit: Int64 = 1 << 57
    guard servers <= 32, ends.allSatisfy({ $0 < limit }) else { return arrangeInHeap(ends) }
    count = 1
    while count < servers { count *= 2 }
    // Leaves that stand for no server are never free.
    var round = (0..<count).map { leaf in
      let free = leaf < servers ? 1 - limit : limit - 1
      return (leaf < ends.count ? ends[leaf] : free) << 5 | Int64(leaf)
    }
    while round.count > 1 {
      let half = round.count / 2
      for match in 0..<half { times[half + match] = max(round[2 * match], round[2 * match + 1]) }
      round = (0..<half).map { min(round[2 * $0], round[2 * $0 + 1]) }
    }
    times[0] = round[0]
    first = servers > 0 ? times[0] >> 5 : .max
    bound = limit - 1
  }

  private mutating func arrangeInHeap(_ ends: [Int64]) {
    bound = .min
    count = 0
    for end in ends.prefix(servers) { rise(end) }
    first = count < servers ? .min : times[0]
  }

  /// When the servers in use fall free, and perhaps some that have fallen free.
  private var ends: [Int64] {
    if bound == .min { return (0..<count).map { times[$0] } }
    return (0..<count).map { times[$0] >> 5 }.filter { $0 > -bound && $0 < bound }
  }

  /// Adds or removes servers. Those that are free go first, then those that will be free first:
  /// the next service begins when fewer than `number` of all are left, and so it does if only
  /// the last ends are kept.
  mutating func resize(to number: Int, at now: Int64) {
    let busy = (ends + leaving).filter { $0 > now }.sorted(by: >)
    servers = number
    leaving = Array(busy.dropFirst(number))
    arrange(Array(busy.prefix(number)))
  }

  /// Visits in service.
  @usableFromInline
  func busy(at now: Int64) -> Int {
    ends.count { $0 > now } + leaving.count { $0 > now }
  }

  /// Server time that the visits in service will still use.
  func remaining(after now: Int64) -> Int64 {
    (ends + leaving).reduce(0) { $0 &+ max($1 &- now, 0) }
  }
}
