import FeedSystem

extension Replication {
  /// What a threshold that moves and flash flipping have done, where the design has them.
  mutating func addPlanChanges(_ system: FeedSystem) {
    if let threshold = system.thresholdSummary {
      add("fan_out.threshold", .followers, threshold.average)
      add("fan_out.threshold_least", .followers, Double(threshold.least))
      add("fan_out.threshold_greatest", .followers, Double(threshold.greatest))
      add("fan_out.threshold_moves", .changes, Double(threshold.moves))
    }
    if let flash = system.flashFigures {
      add("fan_out.flipped", .posts, Double(flash.flipped))
      add("fan_out.flash_share", .ratio, flash.share)
      add("fan_out.flashes", .changes, Double(flash.begun))
    }
    if system.thresholdSummary != nil || system.flashFigures != nil {
      add("fan_out.cost", .perSecond, system.measuredCost)
    }
  }
}
