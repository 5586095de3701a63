import ArgumentParser
import FeedSystem
import Foundation
import Planning
import Settings

struct TraceCurve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curve", abstract: "Count what LRU misses at every size of the cache, at once.",
    discussion: """
      One pass counts the misses of all sizes, exactly. --sample makes the curve of a sample of \
      the objects besides, as one would where a trace is too long to keep (SHARDS), and says how \
      far it is from the exact one. Sizes in bytes are exact where no object changes its size, \
      for caches that hold the largest object; the answer says where they are not.

        feedsim trace curve requests.csv
        feedsim trace curve requests.csv --size 1k,10%,5MB \\
          --sample 1% --out curve.csv
      """)

  @OptionGroup var input: TraceInput

  @Option(
    help: ArgumentHelp(
      "Sizes shown, separated by commas: objects, a share of the trace's, or bytes: 1000,10%,5MB; "
        + "1, 2, 5, 10 … objects if not given.", valueName: "sizes"))
  var size: String?

  @Option(
    help: ArgumentHelp(
      "A curve from a sample as well: a share of the objects, such as 1%, or at most so many, such "
        + "as 8k.", valueName: "sample"))
  var sample: String?

  @Option(
    help: ArgumentHelp(
      "Also write it: .csv has every size at which the misses change, .json what --json prints.",
      valueName: "file"), completion: .file())
  var out: [String] = []

  @OptionGroup var form: JSONOption

  func run() throws {
    let sizes = try size.map { try CacheSize.list($0, option: "--size") }
    let sample = try sample.map { text in
      try readingOption("--sample") { try MissCurveSample(text) }
    }
    let files = try out.map { try OutputFile($0, formats: [.csv, .json]) }
    let trace = try input.read()
    let document = try CurveDocument(trace, sizes: sizes, sample: sample)
    let text = try JSONText.of(document)
    for file in files { try file.write(file.format == .csv ? document.csv : text) }
    try form.write(json: text, text: document.text)
  }
}

/// What `trace curve` shows.
private struct CurveDocument: Encodable {
  struct Line: Encodable {
    let size: Int
    let unit: String
    let misses: Int
    let missRatio: Double
    let exact: Bool
    let sampledMissRatio: Double?
  }

  struct Sample: Encodable {
    let objects: Int
    let meanAbsoluteError: Double
  }

  let requests: Int
  let objects: Int
  let results: [Line]
  let sample: Sample?
  private let curve: MissCurve
  private let sampled: MissCurve?
  private let notes: [String]

  enum CodingKeys: String, CodingKey { case requests, objects, results, sample }

  init(_ trace: Trace, sizes: [CacheSize]?, sample: MissCurveSample?) throws {
    let sizes = sizes ?? Self.standardSizes(trace.objects)
    let capacities = sizes.filter(\.isInBytes).map { $0.capacity(of: trace) }
    if !capacities.isEmpty, trace.sizes.isEmpty {
      throw InvalidInput("--size in bytes needs a trace with sizes")
    }
    curve = MissCurve(trace)
    if let sample {
      guard let sampled = MissCurve(trace, sample: sample) else {
        throw InvalidInput("--sample takes none of the trace's \(trace.objects) objects")
      }
      self.sampled = sampled
      self.sample = Sample(
        objects: sampled.objects, meanAbsoluteError: sampled.meanAbsoluteError(against: curve))
    } else {
      sampled = nil
      self.sample = nil
    }
    let bytes = capacities.isEmpty ? nil : ByteMisses(trace, capacities: capacities)
    requests = trace.requests
    objects = trace.objects
    var lines: [Line] = []
    var place = 0
    for size in sizes {
      let capacity = size.capacity(of: trace)
      if size.isInBytes, let bytes {
        lines.append(
          Line(
            size: capacity, unit: "bytes", misses: bytes.misses[place],
            missRatio: Double(bytes.misses[place]) / Double(trace.requests),
            exact: bytes.isExact[place], sampledMissRatio: nil))
        place += 1
      } else {
        lines.append(
          Line(
            size: capacity, unit: "objects", misses: Int(curve.misses(size: capacity)),
            missRatio: curve.missRatio(size: capacity), exact: true,
            sampledMissRatio: sampled?.missRatio(size: capacity)))
      }
    }
    results = lines
    notes = Self.notes(bytes)
  }

  private static func notes(_ bytes: ByteMisses?) -> [String] {
    guard let bytes, bytes.isExact.contains(false) else { return [] }
    if bytes.changing > 0 {
      return ["~ is not exact: \(bytes.changing) objects change their size; see trace replay"]
    }
    return [
      "~ is not exact: the largest object, \(NumberText.bytes(Double(bytes.largest))), does not "
        + "fit; see trace replay"
    ]
  }

  /// 1, 2, 5, 10 and so on, and all objects.
  private static func standardSizes(_ objects: Int) -> [CacheSize] {
    var sizes: [CacheSize] = []
    var decade = 1
    while decade < objects {
      for step in [1, 2, 5] where decade * step < objects {
        sizes.append(.objects(decade * step))
      }
      decade *= 10
    }
    return sizes + [.objects(objects)]
  }

  var text: String {
    var table = TextTable()
    let isSampled = sampled != nil
    table.add(
      ["size", "of the objects", "misses", "miss ratio"] + (isSampled ? ["sampled"] : []))
    for line in results {
      let isBytes = line.unit == "bytes"
      let share = Double(line.size) / Double(objects)
      var cells = [
        NumberText.fixed(Double(line.size), decimals: 0) + (isBytes ? " B" : ""),
        isBytes ? "" : NumberText.fixed(min(share, 1) * 100, decimals: 2) + " %",
        (line.exact ? "" : "~ ") + NumberText.fixed(Double(line.misses), decimals: 0),
        String(format: "%.4f", line.missRatio),
      ]
      if isSampled { cells.append(line.sampledMissRatio.map { String(format: "%.4f", $0) } ?? "") }
      table.add(cells)
    }
    var text = table.text
    if let sample {
      text +=
        "\nsampled: \(NumberText.fixed(Double(sample.objects), decimals: 0)) objects (SHARDS-adj), "
        + "mean absolute error \(String(format: "%.4f", sample.meanAbsoluteError)) over all sizes\n"
    }
    for note in notes { text += "\n\(note)\n" }
    return text
  }

  /// The curve at every size, in objects, at which it changes.
  var csv: String {
    var text = "size,misses,miss_ratio" + (sampled == nil ? "\n" : ",sampled_miss_ratio\n")
    for size in curve.steps {
      text += "\(size),\(Int(curve.misses(size: size))),\(curve.missRatio(size: size))"
      if let sampled { text += ",\(sampled.missRatio(size: size))" }
      text += "\n"
    }
    return text
  }
}

extension MissCurveSample {
  /// `1%` or `8k`.
  init(_ text: String) throws {
    if text.hasSuffix("%") {
      self = .rate(try Quantity.share(text))
    } else {
      self = .objects(try Quantity.count(text))
    }
    guard self != .rate(0), self != .objects(0) else {
      throw InvalidInput("a sample has at least 1 object")
    }
  }
}
