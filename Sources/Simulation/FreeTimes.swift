/// The instants at which the servers of a tier fall free: long ago where one has not been used.
///
/// Kiefer and Wolfowitz's vector ("On the theory of queues with many servers", 1955). Up to 32
/// servers stand in a rising row that changes without a branch on a time; of more, those that
/// have been used stand in a heap. A server that was free is only found out when it is wanted.
@usableFromInline
struct FreeTimes: ~Copyable {
  @usableFromInline var times: UnsafeMutablePointer<Int64>
  @usableFromInline var capacity = 32
  @usableFromInline var servers: Int
  /// Used servers, in the heap; all of them in the row.
  @usableFromInline var count: Int
  /// When the first server falls free; never if there is none.
  @usableFromInline var first: Int64
  /// When servers that were removed finish what they serve.
  @usableFromInline var leaving: [Int64] = []

  init(servers: Int) {
    self.servers = servers
    times = .allocate(capacity: capacity)
    times.initialize(repeating: .min, count: capacity)
    count = servers <= 32 ? servers : 0
    first = servers > 0 ? .min : .max
  }

  @inlinable deinit { times.deallocate() }

  /// The first server, which is free `now`, is taken until `end`.
  @inlinable @inline(__always)
  mutating func take(until end: Int64, at now: Int64) {
    if servers > 32 { return takeOfMany(end, now) }
    let last = servers &- 1
    var time = times[0]
    for place in 0..<last {
      let next = times[place &+ 1]
      let higher = end > time ? end : time
      times[place] = next < higher ? next : higher
      time = next
    }
    times[last] = end > time ? end : time
    first = times[0]
  }

  @inlinable @inline(never)
  mutating func takeOfMany(_ end: Int64, _ now: Int64) {
    if count > 0, times[0] <= now {
      sink(end)
    } else {
      if count == capacity { grow() }
      count &+= 1
      rise(end)
    }
    first = count < servers ? .min : times[0]
  }

  @inlinable
  mutating func rise(_ time: Int64) {
    var hole = count &- 1
    while hole > 0 {
      let parent = (hole &- 1) &>> 1
      if times[parent] <= time { break }
      times[hole] = times[parent]
      hole = parent
    }
    times[hole] = time
  }

  @inlinable
  mutating func sink(_ time: Int64) {
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

  @usableFromInline @inline(never)
  mutating func grow() {
    let larger = UnsafeMutablePointer<Int64>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: times, count: count)
    times.deallocate()
    times = larger
    capacity *= 2
  }

  /// Adds or removes servers. Those that are free go first, then those that will be free first:
  /// the next service begins when fewer than `number` of all are left, and so it does if only
  /// the last ends are kept.
  mutating func resize(to number: Int, at now: Int64) {
    var ends = (0..<count).map { times[$0] } + leaving
    ends = ends.filter { $0 > now }.sorted(by: >)
    leaving = Array(ends.dropFirst(number))
    ends = Array(ends.prefix(number))
    servers = number
    count = ends.count
    while capacity < count { grow() }
    // A rising row is a heap.
    for (place, end) in ends.reversed().enumerated() { times[place] = end }
    if number <= 32 {
      let free = number - count
      for place in (0..<count).reversed() { times[place + free] = times[place] }
      for place in 0..<free { times[place] = .min }
      count = number
    }
    if number == 0 {
      first = .max
    } else {
      first = count < number ? .min : times[0]
    }
  }

  /// Visits in service.
  @usableFromInline
  func busy(at now: Int64) -> Int {
    var busy = leaving.count { $0 > now }
    for place in 0..<count where times[place] > now { busy += 1 }
    return busy
  }

  /// Server time that the visits in service will still use.
  func remaining(after now: Int64) -> Int64 {
    var total: Int64 = 0
    for end in leaving { total &+= max(now, end) &- now }
    for place in 0..<count { total &+= max(now, times[place]) &- now }
    return total
  }
}
