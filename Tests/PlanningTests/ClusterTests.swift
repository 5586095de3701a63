import Foundation
import Settings
import Testing

@testable import FeedSystem
@testable import Planning

/// Twitter's production clusters of March 2020, from their published figures: what popularity and
/// lifetimes alone say of their miss ratios, in a cache with room for all.
@Suite struct ClusterTests {
  private static let file = "../shared/data/twitter_cache_clusters/2020Mar.csv"

  private struct Cluster {
    var name: String
    var missRatio: Double
    var exponent: Double
    /// Requests a second.
    var rate: Double
    var lifetime: Lifetime
    /// As many as the published bytes hold, and as a week's requests at the mean frequency are of.
    var objects: ClosedRange<Int>

    /// From a row of the table; nil where it lacks a figure.
    init?(_ row: CSVReader) {
      func number(_ column: String) -> Double? {
        row.header.firstIndex(of: column).flatMap { Double(row.text($0)) }
      }
      guard let missRatio = number("production miss ratio"), let exponent = number("Zipf alpha"),
        let rate = number("request rate (kqps)"), let frequency = number("mean freq"),
        let keyBytes = number("key size"), let valueBytes = number("value size"),
        let megabytes = number("WSS in MB (not considering ttl)"), megabytes > 0,
        let column = row.header.firstIndex(of: "common TTL")
      else { return nil }
      name = row.text(0)
      self.missRatio = missRatio
      self.exponent = exponent
      self.rate = rate * 1000
      let held = Int(megabytes * 1e6 / (keyBytes + valueBytes))
      let asked = Int(rate * 1000 * 604_800 / frequency)
      objects = min(held, asked)...max(held, asked)
      var lengths: [(length: Double, share: Double)] = []
      for part in row.text(column).split(separator: ",") {
        let words = part.split(separator: ":").map { $0.filter { $0 != " " } }
        guard words.count == 2, let time = try? Quantity.nanoseconds(words[0]),
          let share = Double(words[1])
        else { continue }
        lengths.append((Double(time) / 1e9 * rate * 1000, share))
      }
      let total = lengths.reduce(0.0) { $0 + $1.share }
      guard total > 0 else { return nil }
      lifetime = Lifetime(1)
      lifetime.lengths = lengths.map { ($0.length, $0.share / total) }
    }

    /// With few objects and with many.
    var expected: (few: Double, many: Double) {
      func missRatio(_ objects: Int) -> Double {
        1 - CacheTheory(Popularity(zipf: exponent, objects: objects)).hitRatio(lifetime)
      }
      return (missRatio(objects.lowerBound), missRatio(objects.upperBound))
    }
  }

  private static func clusters(named names: [String]) throws -> [Cluster] {
    var reader = try CSVReader(path: file)
    var clusters: [Cluster] = []
    while try reader.nextRow() {
      guard names.contains(reader.text(0)), let cluster = Cluster(reader) else { continue }
      clusters.append(cluster)
    }
    return clusters
  }

  /// The published miss ratio lies between the two, but for a fiftieth of it.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: file),
      "the clusters' figures are not in ../shared/data"))
  func comesNearProduction() throws {
    let names = [10, 19, 24, 40, 41, 48].map { "cluster\($0)" }
    let clusters = try Self.clusters(named: names)
    #expect(clusters.map(\.name) == names)
    for cluster in clusters {
      let (few, many) = cluster.expected
      #expect(few * 0.98 < cluster.missRatio, "\(cluster.name): \(few)")
      #expect(many * 1.02 > cluster.missRatio, "\(cluster.name): \(many)")
    }
  }

  /// Where popularity does not hold still, a cache of what is asked for within a lifetime would
  /// hold far more than production's working set, and miss less.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: file),
      "the clusters' figures are not in ../shared/data"))
  func popularityAloneIsNotEnough() throws {
    let cluster = try #require(try Self.clusters(named: ["cluster7"]).first)
    #expect(cluster.expected.many < 0.7 * cluster.missRatio)
    let objects = cluster.objects.lowerBound
    let theory = CacheTheory(Popularity(zipf: cluster.exponent, objects: objects))
    // Published: 85 MB of objects of 1,953 B.
    #expect(theory.held(cluster.lifetime) > 20 * 85e6 / 1953)
  }
}
