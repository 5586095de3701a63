import Settings
import Simulation

extension TrafficSettings {
  /// A time of more traffic: an element of a scenario's `traffic.spikes`.
  public struct Spike: Sendable {
    public var at: Duration
    public var length: Duration
    /// Factors at its height.
    public var posts: Double
    public var loads: Double
    public var engagement: Double
    public var shape = SpikeShape.step

    init(at: Duration, length: Duration, posts: Double, loads: Double, engagement: Double) {
      (self.at, self.length) = (at, length)
      (self.posts, self.loads, self.engagement) = (posts, loads, engagement)
    }

    init(_ parameters: inout Parameters) throws {
      let factor = Form<Double>.number(in: 0.0...SpikeSeries.highest)
      at = try parameters.require("at", .duration(), "When it begins.")
      let given = try parameters.read(
        "for", .duration(), neededWithout: "series", "How long it lasts.")
      let series =
        try parameters.read(
          "series", SpikeSeries.form,
          "A measured volume as its course, in which the median is what is usual; a file, or "
            + "values of its own.") ?? nil
      shape = try SpikeShape(&parameters)
      var usual = 1.0
      length = given ?? .zero
      if let series {
        try parameters.refuse("shape", "stands beside a series, which is a course of its own")
        shape = .series(series)
        usual = series.peak
        length = min(given ?? series.length, series.length)
      } else if given == nil {
        throw parameters.missing("for")
      }
      posts = try parameters.read(
        "posts", factor, default: usual, "Factor on the posts, at its height.")
      loads = try parameters.read(
        "loads", factor, default: usual, "Factor on the loads, at its height.")
      engagement = try parameters.read(
        "engagement", factor, default: 1, "Factor on the odds of a reaction, at its height.")
    }

    /// What it multiplies a rate by, whose factor at its height is `peak`.
    func profile(_ peak: Double, opens: Instant) -> RateProfile {
      shape.profile(from: opens + at, for: length, peak: peak)
    }

    /// The file that its course is read from.
    var file: String? {
      if case .series(let series) = shape { series.file } else { nil }
    }
  }
}
