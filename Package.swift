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

/// What writes reports takes milliseconds either way, and four times as long to compile for speed.
let text: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

/// One import line, left to right; a target imports only targets to its left:
/// CGSL, CArchive ← Settings ← Simulation ← FeedSystem ← Planning ← Reporting ← feedsim
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
    .target(name: "Settings", dependencies: ["Yams"], swiftSettings: strict),
    .target(name: "Simulation", dependencies: ["CGSL", "Settings"], swiftSettings: strict),
    .target(
      name: "FeedSystem",
      dependencies: [
        "CArchive", "CGSL", "Settings", "Simulation",
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: testable + unwatched),
    .target(
      name: "Planning", dependencies: ["CGSL", "Settings", "Simulation", "FeedSystem"],
      swiftSettings: testable),
    .target(
      name: "Reporting", dependencies: ["Settings", "Simulation", "FeedSystem", "Planning"],
      swiftSettings: testable + text),
    .executableTarget(
      name: "feedsim",
      dependencies: [
        "CGSL", "CArchive", "Settings", "Simulation", "FeedSystem", "Planning", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: testable),
    .target(
      name: "TestSupport", dependencies: ["Settings"], path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(name: "SettingsTests", dependencies: ["Settings"], swiftSettings: plain),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "CGSL", "Simulation", .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: plain),
    .testTarget(
      name: "FeedSystemTests", dependencies: ["CGSL", "Settings", "Simulation", "FeedSystem"],
      swiftSettings: plain),
    .testTarget(
      name: "CacheTests", dependencies: ["Settings", "Simulation", "FeedSystem"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["CGSL", "Settings", "Simulation", "FeedSystem", "Planning"],
      swiftSettings: plain),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Settings", "Simulation", "FeedSystem", "Planning", "Reporting", "TestSupport",
      ],
      exclude: ["Golden"], swiftSettings: plain),
    .testTarget(
      name: "ProgramTests", dependencies: ["Simulation", "FeedSystem", "Planning", "feedsim"],
      swiftSettings: plain),
    .testTarget(
      name: "FeedsimTests", dependencies: ["Settings", "FeedSystem", "Planning", "TestSupport"],
      swiftSettings: plain),
  ],
  swiftLanguageModes: [.v6]
)
