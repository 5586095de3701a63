// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// Tests look inside the system under study, in release builds too: one build serves both.
let testable: [SwiftSetting] = strict + [.unsafeFlags(["-enable-testing"])]

/// A replication is one object on one thread, entered by its own events alone: what debug builds
/// ask at each access to one of its fields, release builds do not.
let unwatched: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// Tests that drive the system and hold their own arithmetic to small inputs: optimising them would
/// take most of a build and save seconds of the run.
let plain: [SwiftSetting] = strict + [.unsafeFlags(["-Onone"])]

/// What asks and what answers takes milliseconds either way, and three times as long to compile for
/// speed.
let unhurried: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

/// One import line, left to right; a target imports only targets to its left:
/// CGSL, CArchive ← Settings ← YAMLSettings ← Simulation ← ResponseSurfaces ← FeedSystem ← Planning
/// ← Reporting ← Benchmarks ← feedsim
///
/// What reads YAML and what searches for the best setting are apart from what they are used with, so
/// that they are compiled beside the system under study.
let package = Package(
  name: "feedsim",
  products: [.executable(name: "feedsim", targets: ["feedsim"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CGSL"),
    .systemLibrary(name: "CArchive"),
    .target(name: "Settings", swiftSettings: strict),
    .target(name: "YAMLSettings", dependencies: ["Settings", "Yams"], swiftSettings: strict),
    .target(name: "Simulation", dependencies: ["CGSL", "Settings"], swiftSettings: strict),
    .target(
      name: "ResponseSurfaces", dependencies: ["CGSL", "Simulation"], swiftSettings: testable),
    .target(
      name: "FeedSystem",
      dependencies: [
        "CArchive", "CGSL", "Settings", "Simulation",
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: testable + unwatched),
    .target(
      name: "Planning",
      dependencies: [
        "CGSL", "Settings", "YAMLSettings", "Simulation", "ResponseSurfaces", "FeedSystem",
      ],
      swiftSettings: testable + unhurried),
    .target(
      name: "Reporting",
      dependencies: [
        "Settings", "YAMLSettings", "Simulation", "ResponseSurfaces", "FeedSystem", "Planning",
      ],
      swiftSettings: testable + unhurried),
    .target(
      name: "Benchmarks",
      dependencies: [
        "CGSL", "Settings", "YAMLSettings", "Simulation", "FeedSystem", "Planning",
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: testable),
    .executableTarget(
      name: "feedsim",
      dependencies: [
        "CGSL", "CArchive", "Settings", "YAMLSettings", "Simulation", "ResponseSurfaces",
        "FeedSystem", "Planning", "Reporting", "Benchmarks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: testable + unhurried),
    .target(
      name: "TestSupport", dependencies: ["Settings", "YAMLSettings"], path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(
      name: "SettingsTests", dependencies: ["Settings", "YAMLSettings"], swiftSettings: plain),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "CGSL", "Simulation", .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: plain),
    .testTarget(
      name: "FeedSystemTests",
      dependencies: ["CGSL", "Settings", "YAMLSettings", "Simulation", "FeedSystem"],
      swiftSettings: plain),
    .testTarget(
      name: "CacheTests", dependencies: ["Settings", "Simulation", "FeedSystem"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanningTests",
      dependencies: [
        "CGSL", "Settings", "YAMLSettings", "Simulation", "ResponseSurfaces", "FeedSystem",
        "Planning",
      ],
      swiftSettings: plain),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Settings", "Simulation", "FeedSystem", "Planning", "Reporting", "TestSupport",
      ],
      exclude: ["Golden"], swiftSettings: plain),
    .testTarget(
      name: "ProgramTests",
      dependencies: ["Simulation", "FeedSystem", "Planning", "Benchmarks", "feedsim"],
      swiftSettings: plain),
    .testTarget(
      name: "FeedsimTests",
      dependencies: ["Settings", "YAMLSettings", "FeedSystem", "Planning", "TestSupport"],
      swiftSettings: plain),
  ],
  swiftLanguageModes: [.v6]
)
