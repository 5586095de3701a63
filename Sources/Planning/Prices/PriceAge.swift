import FeedSystem
import Settings
import Simulation

/// From when on a price is old, and whose date that is told against: a scenario's `asOf` and
/// `staleAfter`.
///
/// A run looks at no clock, or the same run would say something else next year: a price's age is
/// told at `asOf`, or where nobody says on the day that the sheet was put together.
struct PriceAge: Sendable {
  var asOf: PriceDate?
  /// S1.36's prices are those of a year ago at most.
  var staleAfter = Duration.seconds(366 * 86_400)

  init() {}

  init(_ parameters: inout Parameters, hasPrices: Bool) throws {
    asOf = try parameters.read(
      "asOf", .priceDate,
      "The day on which prices are held to be old or not, such as 2026-11-21; the price sheet's "
        + "own date if not given.")
    let given = try parameters.read(
      "staleAfter", .duration(in: .seconds(86_400)...(.seconds(100 * 366 * 86_400))),
      "How old a price may be before a note says so; 366d if not given.")
    staleAfter = given ?? staleAfter
    for (key, isGiven) in [("asOf", asOf != nil), ("staleAfter", given != nil)]
    where isGiven && !hasPrices {
      throw parameters.error("needs prices", key: key)
    }
  }
}

extension Form where Value == PriceDate {
  static var priceDate: Form<PriceDate> {
    let example = "2026-11-21"
    return Form(
      .scalar(Shape.Scalar("a date", pattern: "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")),
      example: PriceDate(example)!, spell: { $0.description },
      read: { setting in
        guard let date = PriceDate(try setting.text()) else {
          throw setting.error("is not a date; write \(example) or \(example.dropLast(3))")
        }
        return date
      })
  }
}

extension PriceSheet {
  /// What among prices is older than it should be, in one sentence; nil where nothing is.
  ///
  /// - Parameters:
  ///   - used: the prices in question, each by its item's name and its date.
  ///   - day: the day on which they are looked at; nil for the sheet's own date.
  ///   - limit: how old a price may be.
  public func staleness(
    of used: [(item: String, date: String)], on day: PriceDate?, after limit: Duration
  ) -> String? {
    let today = day ?? PriceDate(date)
    let days = Int(limit.seconds / 86_400)
    var old: [(item: String, date: String)] = []
    var undated: [String] = []
    for price in used {
      if let date = PriceDate(price.date) {
        guard let today, today.dayNumber - date.dayNumber > days,
          !old.contains(where: { $0 == price })
        else { continue }
        old.append(price)
      } else if !undated.contains(price.item) {
        undated.append(price.item)
      }
    }
    var parts: [String] = []
    if !old.isEmpty, let today {
      var dates: [String] = []
      for price in old where !dates.contains(price.date) { dates.append(price.date) }
      let groups = dates.sorted().map { date in
        "\(old.filter { $0.date == date }.map(\.item).joined(separator: ", ")) (\(date))"
      }
      parts.append("older than \(days) days on \(today): \(groups.joined(separator: ", "))")
    }
    if !undated.isEmpty { parts.append("without a date: \(undated.joined(separator: ", "))") }
    return parts.isEmpty
      ? nil : "WARNING: prices of \(name) \(parts.joined(separator: "; ")). Look them up again."
  }
}

extension Scenario {
  /// The note on old prices among those that a bill has used; none without prices.
  func oldPrices(in lines: [CostLine]) -> [String] {
    guard let prices else { return [] }
    let used = lines.filter { $0.unitPrice != nil }.map { (item: $0.item, date: $0.date) }
    let note = prices.staleness(of: used, on: pricing.asOf, after: pricing.staleAfter)
    return note.map { [$0] } ?? []
  }

  /// The same of every price that its designs may come to use, before anything has run.
  public var oldPrices: [String] {
    guard let prices else { return [] }
    let lines = designs.flatMap { named in
      var usage = Usage(
        tiers: named.design.tiers, fleet: Fleet { named.design.has($0) ? 1 : 0 })
      usage.expect(of: named.design)
      return usage.bill(prices)
    }
    return oldPrices(in: lines)
  }
}

extension Usage {
  /// A little of whatever a design may use.
  fileprivate mutating func expect(of design: Design) {
    purchase = design.purchase
    (postsPerMonth, loadsPerMonth, busMessagesPerMonth) = (1, 1, 1)
    entriesWrittenPerMonth = 1
    (postBytes, pageBytes) = (Double(design.posts.bytes), Double(design.posts.bytes))
    mediaBytesPerPost = Double(design.posts.mediaBytes)
    mediaEgressBytes = mediaBytesPerPost
    liveBytesPerMonth = design.live == nil ? 0 : 1
    notificationsPerMonth = design.notifications == nil ? 0 : 1
    place(in: design)
    edge = design.edge.flatMap { $0.size > 0 ? $0 : nil }
    edgeRegions = edge == nil ? 0 : max(1, design.regions.count)
    edgeFillBytesPerMonth = edge == nil ? 0 : 1
    reviewers = design.moderation?.review.meanOnDuty ?? 0
  }
}
