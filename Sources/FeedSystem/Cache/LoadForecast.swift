import Simulation

/// How often each viewer is expected to load: what prefetching goes by.
struct LoadForecast {
  private let smoothing: Double
  /// Per second; empty where rates are learnt.
  private let known: [Double]
  /// By viewer, where rates are learnt: when the last load came, and the mean gap before it, in
  /// milliseconds; not a number before there was one.
  private var last: [Int64]
  private var gaps: [Double]

  init(_ settings: PrefetchSettings, _ activity: Activity) {
    smoothing = settings.smoothing
    let learns = settings.forecast == .learnt
    known = learns ? [] : activity.loadRates
    last = [Int64](repeating: .min, count: learns ? activity.userCount : 0)
    gaps = [Double](repeating: .nan, count: learns ? activity.userCount : 0)
  }

  /// A viewer has asked for a first page.
  mutating func note(_ viewer: UInt32, at milliseconds: Int64) {
    guard !last.isEmpty else { return }
    let index = Int(viewer)
    if last[index] != .min {
      let gap = Double(milliseconds - last[index])
      gaps[index] = gaps[index].isNaN ? gap : gaps[index] + smoothing * (gap - gaps[index])
    }
    last[index] = milliseconds
  }

  /// Loads per second; 0 where nothing is known.
  func rate(of viewer: UInt32, at milliseconds: Int64) -> Double {
    guard !last.isEmpty else { return known[Int(viewer)] }
    let index = Int(viewer)
    guard !gaps[index].isNaN else { return 0 }
    // Who has stayed away for longer than usual loads less often than before.
    return 1000 / max(1, gaps[index], Double(milliseconds - last[index]))
  }
}
