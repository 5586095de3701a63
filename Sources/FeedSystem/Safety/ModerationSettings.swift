import Settings
import Simulation

/// A scenario's `moderation`: what looks at posts and takes down those that break the rules
/// (S0.23): hash match → model → media scan → people, and appeals.
public struct ModerationSettings: Sendable {
  public enum When: String, Sendable, CaseIterable {
    /// Nobody is shown a post before it is decided on.
    case before
    /// Posts are shown meanwhile.
    case after
  }

  public var when = When.after
  /// Of harmful posts, those whose content has been taken down before and is known by its hash.
  public var known = 0.2
  public var model = ModerationModel()
  /// Of harmful photos and videos, those that the scan recognises.
  public var recognised = 0.3
  public var review = ReviewSettings()
  /// Of viewers, those who are still shown a post of reduced reach.
  public var reducedReach = 0.25
  /// Whether a viewer's report sends a post to the reviewers.
  public var reports = true
  public var appeals = AppealSettings()

  public init() {}

  init(_ parameters: inout Parameters) throws {
    when = try parameters.read(
      "when", .choice(When.allCases.map { ($0.rawValue, $0) }), default: when,
      "Whether posts are decided on before anybody is shown them, or shown meanwhile.")
    known =
      try parameters.section("hashMatch", "Content that was taken down before is known.") {
        try $0.read("known", .share(), default: 0.2, "Of harmful posts, those that are.")
      } ?? known
    model =
      try parameters.section(
        "model", "Scores every post: standard normal where it is harmless, dPrime more where not.",
        ModerationModel.init) ?? model
    recognised =
      try parameters.section("mediaScan", "Screens photos and videos.") {
        try $0.read(
          "recognised", .share(), default: 0.3, "Of the harmful ones, those that it takes down.")
      } ?? recognised
    review =
      try parameters.section("review", "People who look at posts.", ReviewSettings.init) ?? review
    reducedReach = try parameters.read(
      "reducedReach", .share(), default: reducedReach,
      "Of viewers, those still shown a post of reduced reach.")
    reports = try parameters.read(
      "reports", .flag, default: reports,
      "Whether a post that a viewer reports goes to the reviewers; audience.world says who does.")
    appeals =
      try parameters.section(
        "appeals", "Authors of removed posts who ask for a second review.", AppealSettings.init)
      ?? appeals
  }
}

/// A classifier whose scores are normal with variance 1 in both classes: mean 0 for harmless posts,
/// d′ for harmful ones. At a threshold c its false positive rate is 1 − Φ(c), its true positive
/// rate 1 − Φ(c − d′) (Green and Swets: "Signal Detection Theory and Psychophysics", 1966, ch. 3).
public struct ModerationModel: Sendable {
  public var dPrime = 2.0
  /// Scores from here on are looked at by people: 5 % of the harmless, 64 % of the harmful.
  public var reviewAt = 1.645
  /// Scores from here on are removed at once: 0.02 % of the harmless, 7 % of the harmful.
  public var removeAt = 3.5

  init() {}

  init(_ parameters: inout Parameters) throws {
    dPrime = try parameters.read(
      "dPrime", .number(in: 0...100), default: dPrime,
      "How many standard deviations harmful posts score above harmless ones.")
    reviewAt = try parameters.read(
      "reviewAt", .number(in: -100...100), default: reviewAt,
      "Scores from here on wait for a reviewer; 1.645 takes 5% of the harmless posts.")
    removeAt = try parameters.read(
      "removeAt", .number(in: -100...100), default: max(removeAt, reviewAt),
      "Scores from here on are removed at once; 3.5 takes 0.02% of the harmless posts.")
    if removeAt < reviewAt {
      throw parameters.error("is below reviewAt: nothing would be reviewed", key: "removeAt")
    }
  }
}

/// The people who look at posts: how many at which hour, how long they take, how right they are.
public struct ReviewSettings: Sendable {
  /// Who is served first.
  public enum Order: String, Sendable, CaseIterable {
    case arrival, score, reach
  }

  /// More reviewers between two times of day; past midnight where the end is before the start.
  public struct Shift: Sendable, Equatable {
    public var from: Duration
    public var to: Duration
    public var reviewers: Int

    static let day = Duration.seconds(86_400)

    init(from: Duration, to: Duration, reviewers: Int) {
      (self.from, self.to, self.reviewers) = (from, to, reviewers)
    }

    init(_ parameters: inout Parameters) throws {
      let hour = Form<Duration>.duration(in: .zero...Shift.day)
      from = try parameters.require("from", hour, "When it begins, from midnight.")
      to = try parameters.require(
        "to", hour, "When it ends; the next day where that is not after from.")
      reviewers = try parameters.require(
        "reviewers", .count(in: 1...100_000), "On duty besides the others.")
    }

    public var length: Duration {
      to > from ? to - from : Duration(nanoseconds: (to - from + Shift.day).nanoseconds)
    }

    func covers(_ timeOfDay: Duration) -> Bool {
      to > from ? timeOfDay >= from && timeOfDay < to : timeOfDay >= from || timeOfDay < to
    }
  }

  /// On duty at every hour.
  public var reviewers = 4
  public var shifts: [Shift] = []
  public var time = Distribution.exponential(mean: 60)
  public var order = Order.arrival
  /// Of reviews, those that come to the wrong verdict.
  public var errors = 0.05
  /// Of posts found harmful, those that are kept with less reach.
  public var reduced = 0.2

  init() {}

  init(_ parameters: inout Parameters) throws {
    reviewers = try parameters.read(
      "reviewers", .count(in: 1...100_000), default: reviewers, "On duty at every hour.")
    shifts = try parameters.read(
      "shifts", .list(of: .keys(Shift.init)), default: shifts,
      "More of them at times of day; traffic.daily.startsAt says when the window begins.")
    time = try parameters.read("time", .distribution, default: time, "How long a review takes.")
    order = try parameters.read(
      "order", .choice(Order.allCases.map { ($0.rawValue, $0) }), default: order,
      "Who is looked at first: who came first, scores highest, or has the most followers.")
    errors = try parameters.read(
      "errors", .share(), default: errors, "Of reviews, those that come to the wrong verdict.")
    reduced = try parameters.read(
      "reduced", .share(), default: reduced,
      "Of posts found harmful, those kept with less reach instead of removed.")
  }

  /// Reviewers on duty at a time of day.
  public func onDuty(at timeOfDay: Duration) -> Int {
    shifts.reduce(reviewers) { $0 + ($1.covers(timeOfDay) ? $1.reviewers : 0) }
  }

  /// The mean over a day.
  public var meanOnDuty: Double {
    shifts.reduce(Double(reviewers)) {
      $0 + Double($1.reviewers) * $1.length.seconds / Shift.day.seconds
    }
  }

  /// From a time of day until the number on duty may change; nil where it never does.
  func untilChange(from timeOfDay: Duration) -> Duration? {
    shifts.flatMap { [$0.from, $0.to] }.map { edge in
      let wait = (edge - timeOfDay).nanoseconds % Shift.day.nanoseconds
      return Duration(nanoseconds: wait <= 0 ? wait + Shift.day.nanoseconds : wait)
    }.min()
  }
}

/// Which authors of removed posts ask for a second review, and when.
public struct AppealSettings: Sendable {
  public var wronged = 0.3
  public var others = 0.05
  public var after = Distribution.exponential(mean: 3600)

  init() {}

  init(_ parameters: inout Parameters) throws {
    wronged = try parameters.read(
      "wronged", .share(), default: wronged, "Of those whose post was harmless.")
    others = try parameters.read("others", .share(), default: others, "Of the others.")
    after = try parameters.read(
      "after", .distribution, default: after, "From the removal to the appeal.")
  }
}
