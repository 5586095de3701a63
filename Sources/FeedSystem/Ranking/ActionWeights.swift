import Settings

/// What each action of a viewer is worth to a ranker that predicts how likely they are: a post's
/// score is the sum of weight × probability, moved so that it is never negative.
///
/// The tables are those of reference/feed-systems.md §3. Their names are mapped to `Action` where
/// there is such an action; each says below what it leaves out.
public struct ActionWeights: Sendable, Equatable {
  /// In scenarios: `weights: x-2023-heavy`.
  public let name: String
  /// By `Action`.
  private let weights: [Double]
  /// Σ|w| over all actions, and over those that weigh less than nothing.
  public let total: Double
  public let negative: Double

  public init(_ name: String, _ weights: [(Action, Double)]) {
    self.name = name
    var table = [Double](repeating: 0, count: Action.allCases.count)
    for (action, weight) in weights { table[Int(action.rawValue)] = weight }
    self.weights = table
    var (total, negative) = (0.0, 0.0)
    for weight in table {
      total += abs(weight)
      negative += max(0, -weight)
    }
    self.total = total
    self.negative = negative
  }

  public subscript(action: Action) -> Double { weights[Int(action.rawValue)] }

  /// The actions that weigh anything, in `Action`'s order.
  public var actions: [Action] { Action.allCases.filter { self[$0] != 0 } }

  /// Σ w · p, which may be negative.
  public func sum(_ probability: (Action) -> Double) -> Double {
    var sum = 0.0
    for action in Action.allCases where self[action] != 0 {
      sum += self[action] * probability(action)
    }
    return sum
  }

  /// A sum of weighted probabilities moved above 0, so that factors that come after mean the same
  /// for all: s < 0 becomes (s + Σ|w⁻|) / Σ|w| · .001, and another s + .001.
  ///
  /// The order of two sums is kept, as the former is at most .001.
  public func offset(_ sum: Double) -> Double {
    guard sum < 0 else { return sum + 0.001 }
    return total > 0 ? (sum + negative) / total * 0.001 : 0
  }

  public func score(_ probability: (Action) -> Double) -> Double { offset(sum(probability)) }

  /// X's heavy ranker of 2023 (twitter/the-algorithm-ml).
  ///
  /// fav is `like`, repost `share`, reply `comment`, good_profile_click `profileClick`, video50
  /// `video`, reply_engaged_by_author `authorReply`, good_click `click`; negative_feedback is
  /// `hide`, `mute` and `block`, each at its weight. good_click_v2 (two minutes in the
  /// conversation) has no counterpart and is left out.
  public static let x2023Heavy = ActionWeights(
    "x-2023-heavy",
    [
      (.like, 0.5), (.share, 1), (.comment, 13.5), (.profileClick, 12), (.video, 0.005),
      (.authorReply, 75), (.click, 11), (.hide, -74), (.mute, -74), (.block, -74),
      (.report, -369),
    ])

  /// X's Phoenix of 2026 (xai-org/x-algorithm).
  ///
  /// fav is `like`, reply `comment`, repost `share`, quote `quote`, dm_share `send`, copy_link
  /// `copyLink`, click `click`, photo `photo`, vqv (a video watched to some quality) `video`,
  /// follow `follow`, not_interested `hide`, block `block`, mute `mute`, report `report`. Left out
  /// are share (the menu before dm_share and copy_link), link, video_open and quoted_click, which
  /// have no counterpart, and dwell_time and not_dwelled, which ask for a time and not for a
  /// probability.
  public static let x2026Phoenix = ActionWeights(
    "x-2026-phoenix",
    [
      (.like, 0.5), (.comment, 5), (.share, 1), (.quote, 5), (.send, 5), (.copyLink, 20),
      (.click, 0.4), (.photo, 0.05), (.video, 0.05), (.follow, 4), (.hide, -43.2),
      (.block, -31.2), (.mute, -58.8), (.report, -234),
    ])

  public static let all = [x2023Heavy, x2026Phoenix]

  public static func named(_ name: String) -> ActionWeights? { all.first { $0.name == name } }
}

extension Form where Value == ActionWeights {
  /// The name of a table of weights.
  public static var actionWeights: Form {
    .choice(ActionWeights.all.map { ($0.name, $0) })
  }
}
