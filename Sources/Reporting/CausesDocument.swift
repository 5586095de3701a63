import FeedSystem
import Planning
import Settings
import Simulation

/// The causes of latency in a result document: written, read back, and their schema.
struct CausesDocument: Decodable {
  private struct Part: Decodable {
    var part: String
    var tier: String?

    func kindAndTier(_ path: String) throws -> (Causes.Kind, TierName?) {
      guard let kind = Causes.Kind(rawValue: part) else {
        let known = Causes.Kind.allCases.map(\.rawValue)
        throw InvalidInput(
          "unknown part \"\(part)\"" + Suggestion.text(for: part, among: known), path: path)
      }
      guard let tier else { return (kind, nil) }
      guard let name = TierName.ofLoads.first(where: { $0.metric == tier }) else {
        let known = TierName.ofLoads.map(\.metric)
        throw InvalidInput(
          "unknown tier \"\(tier)\"" + Suggestion.text(for: tier, among: known), path: path)
      }
      return (kind, name)
    }
  }

  private struct PartFigure: Decodable {
    var part: Part
    var figure: ResultDocument.Figure

    init(from decoder: any Decoder) throws {
      part = try Part(from: decoder)
      figure = try ResultDocument.Figure(from: decoder)
    }

    func value(_ path: String) throws -> Causes.Part {
      let (kind, tier) = try part.kindAndTier(path)
      return Causes.Part(kind: kind, tier: tier, time: figure.estimate())
    }
  }

  // The keys of the document, which are words of the contract.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Group: Decodable {
    var latency: ResultDocument.Figure
    var missed: ResultDocument.Figure
    var after_miss: ResultDocument.Figure
    var parts: [PartFigure]
    var totals: [PartFigure]

    func group(_ path: String) throws -> Causes.Group {
      Causes.Group(
        latency: latency.estimate(), parts: try parts.map { try $0.value("\(path).parts") },
        totals: try totals.map { try $0.value("\(path).totals") }, missed: missed.estimate(),
        afterMiss: after_miss.estimate())
    }
  }

  private var mean: Group
  private var p99: Group

  /// - Throws: `InvalidInput` for a part or a tier that there is not.
  func causes() throws -> Causes {
    Causes(mean: try mean.group("causes.mean"), p99: try p99.group("causes.p99"))
  }
}

extension CausesDocument {
  static func value(of causes: Causes) -> JSONValue {
    .map(["unit": .text("ms"), "mean": value(of: causes.mean), "p99": value(of: causes.p99)])
  }

  private static func value(of group: Causes.Group) -> JSONValue {
    func list(_ parts: [Causes.Part]) -> JSONValue {
      .list(
        parts.map { part in
          var fields = JSONReport.figure(part.time)
          fields["part"] = .text(part.kind.rawValue)
          fields["tier"] = part.tier.map { .text($0.metric) }
          fields["share"] = .number(group.share(of: part))
          return .map(fields)
        })
    }
    return .map([
      "latency": JSONReport.value(of: group.latency), "missed": JSONReport.value(of: group.missed),
      "after_miss": JSONReport.value(of: group.afterMiss), "parts": list(group.parts),
      "totals": list(group.totals),
    ])
  }

  static let schema: JSONValue = {
    let part = ResultSchema.object(
      [
        "part": .map(["enum": .list(Causes.Kind.allCases.map { .text($0.rawValue) })]),
        "tier": .map(["enum": .list(TierName.ofLoads.map { .text($0.metric) })]),
        "value": ResultSchema.described("number", "Milliseconds a load."),
        "half_width": .map(["type": .text("number"), "minimum": .whole(0)]),
        "share": ResultSchema.described("number", "Of these loads' mean latency."),
      ], required: ["part", "value", "share"])
    func described(_ text: String) -> JSONValue {
      guard case .map(var fields) = ResultSchema.estimate(isQuantile: false) else { return .null }
      fields["description"] = .text(text)
      return .map(fields)
    }
    let group = ResultSchema.object(
      [
        "latency": described("Mean latency; the sum of the parts."),
        "missed": described("The share of these loads that the feed cache did not answer."),
        "after_miss": described("What comes after a miss, of the latency."),
        "parts": ResultSchema.list(of: part), "totals": ResultSchema.list(of: part),
      ], required: ["latency", "missed", "after_miss", "parts", "totals"])
    return ResultSchema.object(
      ["unit": ResultSchema.constant("ms"), "mean": group, "p99": group],
      required: ["unit", "mean", "p99"])
  }()
}

extension Causes.Part {
  /// `waiting at the post store`
  var words: String {
    switch kind {
    case .fanIn:
      tier == .leafServers ? "fan-in of the slowest leaf" : "fan-in of the slowest shard"
    case .network: "network"
    case .client: "failed attempts before"
    case .waiting, .service:
      kind.rawValue + (tier.map { " at the \(MetricNames.words($0.metric))" } ?? "")
    }
  }

  func isLike(_ other: Causes.Part) -> Bool { kind == other.kind && tier == other.tier }

  /// The parts that stand in any of several lists, each once, by kind and tier.
  static func united(_ lists: [[Causes.Part]]) -> [Causes.Part] {
    var united: [Causes.Part] = []
    for part in lists.joined() where !united.contains(where: part.isLike) { united.append(part) }
    func order(_ part: Causes.Part) -> (Int, Int) {
      let kind = Causes.Kind.allCases.firstIndex(of: part.kind) ?? 0
      return (kind, part.tier?.rawValue ?? TierName.ofLoads.count)
    }
    return united.sorted { order($0) < order($1) }
  }
}
