import FeedSystem
import Planning

extension Overview {
  /// A stage of a load, in words.
  static func label(_ stage: Stage) -> String {
    switch stage {
    case .graph: "follows looked up"
    case .timeline: "gather: timeline"
    case .posts: "gather: posts"
    case .leaves: "gather: leaves"
    case .objects: "objects of the page"
    case .gather: "gather: slower of both"
    case .gateway, .feedCache, .l1Cache, .l2Cache, .l3Cache, .origin, .features, .ranking,
      .hydration, .fill, .privacy:
      MetricNames.words(stage.metric)
    }
  }
}
