import FeedSystem
import Planning

extension Overview {
  /// How well models foretell, how old they are, and what the arms of a test bring.
  func learning() -> [Row?] {
    var rows = [row("breaking news, until feeds have them", "ranking.recovery")]
    for stage in Learning.stageNames {
      let name = "ranking.model.\(stage)"
      rows += [
        row("\(stage): log loss", "\(name).log_loss"),
        row("\(stage): area under the curve", "\(name).auc"),
        row("\(stage): age of the model that ranks", "\(name).age"),
        row("\(stage): examples learnt", "\(name).examples"),
        row("\(stage): examples not kept until a training", "\(name).dropped"),
        row("\(stage): trainings", "\(name).trainings"),
      ]
    }
    for arm in arms() {
      let name = "arm.\(arm)"
      let words = arm.replacing("_", with: " ")
      rows += [
        row("\(words): share of the pages", "\(name).share"),
        row("\(words): pages", "\(name).throughput"),
        row("\(words): latency, mean", "\(name).latency"),
        row("\(words): latency, p99", "\(name).latency", "p99"),
        row("\(words): worth of what a page brings", "\(name).engagement"),
        row("\(words): posts that find favour", "\(name).favoured"),
        row("\(words): uplift", "\(name).uplift"),
      ]
    }
    return rows
  }

  private func arms() -> [String] {
    var names: [String] = []
    for metric in designs.flatMap(\.metrics) where metric.name.hasPrefix("arm.") {
      let name = String(metric.name.split(separator: ".")[1])
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
