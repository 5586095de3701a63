import ArgumentParser
import FeedSystem
import Planning

struct TraceStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Count a trace's requests, objects and repeats, and fit a Zipf law.",
    discussion: """
      How much is requested again and how soon, in requests and in other objects requested \
      meanwhile (what an LRU cache must hold to answer it), and how much is in use at a time: the \
      distinct objects, and their bytes, in the mean window of so many requests.

        feedsim trace stats requests.csv
        feedsim trace stats OLTP.lis.zst --json
      """)

  @OptionGroup var input: TraceInput

  @OptionGroup var form: JSONOption

  func run() throws {
    let trace = try input.read()
    let document = TraceStatsDocument(TraceStatistics(trace), trace.times)
    try form.write(json: JSONText.of(document), text: document.text)
  }
}

/// What `trace stats` shows.
private struct TraceStatsDocument: Encodable {
  struct Zipf: Encodable {
    let exponent: Double
    let standardError: Double
  }

  struct Quantiles: Encodable {
    let p50: Int
    let p90: Int
    let p99: Int

    init(_ found: TraceStatistics.Quantiles) {
      p50 = found.p50
      p90 = found.p90
      p99 = found.p99
    }
  }

  struct Reuse: Encodable {
    let share: Double
    let distance: Quantiles
    let stackDistance: Quantiles
  }

  struct WorkingSet: Encodable {
    let window: Int
    let objects: Double
    let bytes: Double?
  }

  let requests: Int
  let objects: Int
  let oneHitWonders: Int
  let oneHitWonderShare: Double
  let requestsPerObject: Double
  let maximumRequests: Int
  let topPercentShare: Double
  let requestedBytes: Double?
  let objectBytes: Double?
  let firstTime: Double?
  let lastTime: Double?
  let zipf: Zipf?
  let reuse: Reuse?
  let workingSets: [WorkingSet]

  init(_ found: TraceStatistics, _ times: ClosedRange<Double>?) {
    requests = found.requests
    objects = found.objects
    oneHitWonders = found.oneHitWonders
    oneHitWonderShare = Double(found.oneHitWonders) / Double(found.objects)
    requestsPerObject = Double(found.requests) / Double(found.objects)
    maximumRequests = found.maximumRequests
    topPercentShare = found.topPercentShare
    requestedBytes = found.requestedBytes
    objectBytes = found.objectBytes
    firstTime = times?.lowerBound
    lastTime = times?.upperBound
    zipf = found.zipf.map { Zipf(exponent: $0.exponent, standardError: $0.standardError) }
    reuse = found.reuse.map {
      Reuse(
        share: $0.share, distance: Quantiles($0.distance),
        stackDistance: Quantiles($0.stackDistance))
    }
    workingSets = found.workingSets.map {
      WorkingSet(window: $0.window, objects: $0.objects, bytes: $0.bytes)
    }
  }

  // MARK: For people

  var text: String {
    var table = TextTable()
    func percent(_ share: Double) -> String { NumberText.fixed(share * 100, decimals: 1) + " %" }
    table.add(["requests", Self.whole(requests)])
    table.add(["objects", Self.whole(objects)])
    table.add(["requests per object", NumberText.fixed(requestsPerObject, decimals: 2)])
    table.add(["one-hit wonders", Self.whole(oneHitWonders)])
    table.add(["  of the objects", percent(oneHitWonderShare)])
    table.add(["requests for the first", Self.whole(maximumRequests)])
    table.add(["  for the top 1 %", percent(topPercentShare)])
    if let requestedBytes, let objectBytes {
      table.add(["bytes requested", NumberText.bytes(requestedBytes)])
      table.add(["bytes of the objects", NumberText.bytes(objectBytes)])
    }
    if let firstTime, let lastTime {
      table.add(["first time", "\(firstTime)"])
      table.add(["last time", "\(lastTime)"])
    }
    if let zipf {
      table.add(["Zipf exponent", NumberText.fixed(zipf.exponent, decimals: 4)])
      table.add(["  standard error", NumberText.fixed(zipf.standardError, decimals: 4)])
    }
    if let reuse { table.add(["repeats", percent(reuse.share)]) }
    return table.text + reuseText + workingSetText
  }

  private var reuseText: String {
    guard let reuse else { return "" }
    func cells(_ quantiles: Quantiles) -> [String] {
      [quantiles.p50, quantiles.p90, quantiles.p99].map(Self.whole)
    }
    var table = TextTable()
    table.add(["until the next request for an object", "p50", "p90", "p99"])
    table.add(["  requests"] + cells(reuse.distance))
    table.add(["  other objects in between"] + cells(reuse.stackDistance))
    return "\n" + table.text
  }

  private var workingSetText: String {
    guard let first = workingSets.first else { return "" }
    var table = TextTable()
    table.add(["working set of a window", "objects"] + (first.bytes == nil ? [] : ["bytes"]))
    for set in workingSets {
      table.add(
        ["  \(Self.whole(set.window)) requests", NumberText.fixed(set.objects, decimals: 1)]
          + (set.bytes.map { [NumberText.bytes($0)] } ?? []))
    }
    return "\n" + table.text
  }

  private static func whole(_ count: Int) -> String {
    NumberText.fixed(Double(count), decimals: 0)
  }
}
