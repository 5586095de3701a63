import Simulation
import Testing

/// The Statistical Reference Datasets of the National Institute of Standards and Technology for
/// univariate summary statistics: certified means and standard deviations, to 15 digits.
///
/// PiDigits is not here: the first 5,000 digits of π have the mean 4.5358, and it certifies 4.5348.
@Suite struct ReferenceStatisticsTests {
  struct Dataset: Sendable, CustomStringConvertible {
    var description: String
    var values: [Double]
    var mean: Double
    var deviation: Double

    /// - Parameter text: whole numbers of `1 / scale`, above `offset`.
    init(
      _ name: String, _ text: String, offset: Double = 0, scale: Double = 1, mean: Double,
      deviation: Double
    ) {
      description = name
      // One division rounds to the double that the decimal number would be read as.
      values = text.split { $0 == " " || $0 == "\n" }.map {
        ((Double($0) ?? .nan) + offset) / scale
      }
      self.mean = mean
      self.deviation = deviation
    }

    /// A middle value, then `pairs` times the two beside it.
    init(_ name: String, _ middle: Double, _ low: Double, _ high: Double, pairs: Int) {
      description = name
      values = [middle] + (0..<pairs).flatMap { _ in [low, high] }
      mean = middle
      deviation = pairs == 1 ? 1 : 0.1
    }
  }

  /// Decimal digits in which a value agrees with the certified one.
  private func digits(_ value: Double, _ certified: Double) -> Double {
    value == certified ? 15 : -ln(abs(value - certified) / abs(certified)) / ln(10)
  }

  @Test(arguments: datasets)
  func agrees(_ data: Dataset) throws {
    let spread = Spread(of: data.values)
    #expect(digits(spread.mean, data.mean) >= 13)
    #expect(digits(spread.variance.squareRoot(), data.deviation) >= 8)
    // The same through the interval that is reported.
    let estimate = Estimate.mean(of: data.values)
    let count = Double(data.values.count)
    let error =
      try #require(estimate.halfWidth) / studentQuantile(0.95, freedom: count - 1)
    #expect(estimate.value == spread.mean)
    #expect(digits(error * count.squareRoot(), data.deviation) >= 8)
  }

  /// What the sum of squares less the square of the sum leaves: such code would be caught.
  @Test func aTextbookVarianceIsCaught() throws {
    let data = try #require(datasets.first { $0.description == "NumAcc4" })
    let count = Double(data.values.count)
    let sum = data.values.reduce(0, +)
    let squares = data.values.reduce(0) { $0 + $1 * $1 }
    let variance = max(squares - sum * sum / count, 0) / (count - 1)
    #expect(!(digits(variance.squareRoot(), data.deviation) >= 8))
  }

  /// A queue's own variance: services of 10,000 s that differ by 200 ms vary as those of 1 s do,
  /// where no job waits for another.
  @Test func aQueueKeepsASmallVariance() throws {
    let times = (0..<1001).map { Instant(nanoseconds: Int64($0) * 20_000_000_000_000) }
    let law = try Distribution("empirical(p0 10000s, p50 10000.1s, p99 10000.2s)")
    let design = QueueDesign(recorded: times, service: law, servers: 1)
    var plan = QueuePlan(for: design)
    plan.replications = 2
    let result = try QueueModel.run(design, plan, seed: 7, threads: 1)
    let variance = try #require(result.metrics["sojourn_time"]?.variance?.value)
    let short = QueueDesign(
      recorded: times, service: try Distribution("empirical(p0 1s, p50 1.1s, p99 1.2s)"),
      servers: 1)
    let near = try QueueModel.run(short, plan, seed: 7, threads: 1)
    let exact = try #require(near.metrics["sojourn_time"]?.variance?.value)
    #expect(abs(variance / exact - 1) < 1e-6, "\(variance) for \(exact)")
  }
}

private let datasets = [
  ReferenceStatisticsTests.Dataset("NumAcc1", 10_000_002, 10_000_001, 10_000_003, pairs: 1),
  ReferenceStatisticsTests.Dataset("NumAcc2", 1.2, 1.1, 1.3, pairs: 500),
  ReferenceStatisticsTests.Dataset("NumAcc3", 1_000_000.2, 1_000_000.1, 1_000_000.3, pairs: 500),
  ReferenceStatisticsTests.Dataset(
    "NumAcc4", 10_000_000.2, 10_000_000.1, 10_000_000.3, pairs: 500),
  ReferenceStatisticsTests.Dataset(
    "Michelso", michelso, offset: 29_900, scale: 100, mean: 299.8524,
    deviation: 0.0790105478190518),
  ReferenceStatisticsTests.Dataset(
    "Mavro", mavro, offset: 200_000, scale: 100_000, mean: 2.001856,
    deviation: 0.000429123454003053),
  ReferenceStatisticsTests.Dataset(
    "Lottery", lottery, mean: 518.958715596330, deviation: 291.699727470969),
  ReferenceStatisticsTests.Dataset(
    "Lew", lew, mean: -177.435, deviation: 277.332168044316),
]

/// The speed of light in air as Michelson measured it in 1879: hundredths above 299 thousand km/s.
private let michelso = """
  85 74 90 107 93 85 95 98 98 88 100 98 93 65 76 81 100 100 96 96 96 94 96 94 88 80 85 88 90 84
  83 79 81 88 88 83 80 79 76 80 88 88 88 86 72 72 62 86 97 95 88 91 85 87 84 84 85 84 84 84 89
  81 81 82 80 77 76 74 75 76 91 92 89 86 88 72 84 85 85 78 89 84 78 81 76 81 79 81 82 85 87 87
  81 74 81 94 95 80 81 87
  """

/// Transmittance of a filter (Mavrodineanu): hundred-thousandths above 2.
private let mavro = """
  180 170 180 190 180 170 150 140 150 150 170 180 180 190 190 210 200 160 140 130 130 150 150
  160 150 140 130 140 150 140 150 160 150 160 190 200 200 210 220 230 240 250 270 260 260 260
  270 260 250 240
  """

/// Three-digit lottery numbers of 32 weeks.
private let lottery = """
  162 671 933 414 788 730 817 33 536 875 670 236 473 167 877 980 316 950 456 92 517 557 956 954
  104 178 794 278 147 773 437 435 502 610 582 780 689 562 964 791 28 97 848 281 858 538 660 972
  671 613 867 448 738 966 139 636 847 659 754 243 122 455 195 968 793 59 730 361 574 522 97 762
  431 158 429 414 22 629 788 999 187 215 810 782 47 34 108 986 25 644 829 630 315 567 919 331
  207 412 242 607 668 944 749 168 864 442 533 805 372 63 458 777 416 340 436 140 919 350 510 572
  905 900 85 389 473 758 444 169 625 692 140 897 672 288 312 860 724 226 884 508 976 741 476 417
  831 15 318 432 241 114 799 955 833 358 935 146 630 830 440 642 356 373 271 715 367 393 190 669
  8 861 108 795 269 590 326 866 64 523 862 840 219 382 998 4 628 305 747 247 34 747 729 645 856
  974 24 568 24 694 608 480 410 729 947 293 53 930 223 203 677 227 62 455 387 318 562 242 428
  968
  """

/// Deflections of a beam under a periodic load (Lew).
private let lew = """
  -213 -564 -35 -15 141 115 -420 -360 203 -338 -431 194 -220 -513 154 -125 -559 92 -21 -579 -52
  99 -543 -175 162 -457 -346 204 -300 -474 164 -107 -572 -8 83 -541 -224 180 -420 -374 201 -236
  -531 83 27 -564 -112 131 -507 -254 199 -311 -495 143 -46 -579 -90 136 -472 -338 202 -287 -477
  169 -124 -568 17 48 -568 -135 162 -430 -422 172 -74 -577 -13 92 -534 -243 194 -355 -465 156
  -81 -578 -64 139 -449 -384 193 -198 -538 110 -44 -577 -6 66 -552 -164 161 -460 -344 205 -281
  -504 134 -28 -576 -118 156 -437 -381 200 -220 -540 83 11 -568 -160 172 -414 -408 188 -125 -572
  -32 139 -492 -321 205 -262 -504 142 -83 -574 0 48 -571 -106 137 -501 -266 190 -391 -406 194
  -186 -553 83 -13 -577 -49 103 -515 -280 201 300 -506 131 -45 -578 -80 138 -462 -361 201 -211
  -554 32 74 -533 -235 187 -372 -442 182 -147 -566 25 68 -535 -244 194 -351 -463 174 -125 -570
  15 72 -550 -190 172 -424 -385 198 -218 -536 96
  """
