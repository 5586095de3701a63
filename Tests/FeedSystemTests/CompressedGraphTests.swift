import Settings
import Simulation
import Testing

@testable import FeedSystem

/// A graph is the same graph however its rows are kept.
@Suite struct CompressedGraphTests {
  private static let models = [
    "{kind: powerLaw, meanFollows: 12, exponent: 2.1, maximum: 900}",
    "{kind: powerLaw, meanFollows: 6, exponent: 2.5, maximum: 900, followeesExponent: 2.4, "
      + "followeesMaximum: 300}",
    "{kind: uniform, meanFollows: 9}",
    "{kind: uniform, meanFollows: 1.2}",
    "{kind: barabasiAlbert, meanFollows: 4}",
  ]

  private static func both(_ yaml: String) throws -> (plain: FollowerGraph, FollowerGraph) {
    var model = try graphModel(yaml)
    let celebrities = [Celebrity(name: "star", followers: .count(1500))]
    let plain = try model.build(users: 2000, celebrities: celebrities, seed: 4)
    model.storage = .compressed
    return (plain, try model.build(users: 2000, celebrities: celebrities, seed: 4))
  }

  @Test(arguments: models) func everyRowIsTheSame(yaml: String) throws {
    let (plain, compressed) = try Self.both(yaml)
    #expect(plain.storage == .plain && compressed.storage == .compressed)
    #expect(plain.edgeCount == compressed.edgeCount && plain.userCount == compressed.userCount)
    #expect(plain.celebrities == compressed.celebrities)
    #expect(fingerprint(plain) == fingerprint(compressed))
    var wrong = 0
    for user in 0..<UInt32(plain.userCount) {
      let followers = plain.followers(of: user)
      wrong += followers.elementsEqual(compressed.followers(of: user)) ? 0 : 1
      wrong += followers.count == compressed.followerCount(of: user) ? 0 : 1
    }
    #expect(wrong == 0)
    expectWellFormed(compressed)
  }

  @Test(arguments: models) func everyQuestionHasTheSameAnswer(yaml: String) throws {
    let (plain, compressed) = try Self.both(yaml)
    var stream = RandomStream(seed: 2, purpose: 0x6173_6b)
    for _ in 0..<2000 {
      let (viewer, author) = (UInt32(stream.below(2000)), UInt32(stream.below(40)))
      #expect(plain.follows(viewer, author) == compressed.follows(viewer, author))
      let edge = stream.below(UInt64(plain.edgeCount))
      #expect(plain.followee(ofEdge: edge) == compressed.followee(ofEdge: edge))
      let count = plain.followerCount(of: author)
      guard count > 0 else { continue }
      let place = Int(stream.below(UInt64(count)))
      #expect(plain.follower(of: author, at: place) == compressed.follower(of: author, at: place))
      let places = place..<min(count, place + 100)
      #expect(
        Array(plain.followers(of: author, in: places))
          == Array(compressed.followers(of: author, in: places)))
    }
    var (all, some): ([UInt32], [UInt32]) = ([], [])
    compressed.forEachFollower(of: 0) { all.append($0) }
    compressed.forEachFollower(of: 0, in: 7..<1400) { some.append($0) }
    #expect(all == Array(plain.followers(of: 0)) && some == Array(all[7..<1400]))
  }

  @Test func filesGiveTheSameGraph() throws {
    var stream = RandomStream(seed: 8, purpose: 0x66_696c65)
    let lines = (0..<9000).map { _ in
      "\(stream.below(900)) \(stream.below(30) * stream.below(30))\n"
    }
    try withFile(Array(lines.joined().utf8)) { path in
      let plain = try EdgeList(path: path).graph()
      let compressed = try EdgeList(path: path).graph(storage: .compressed)
      #expect(fingerprint(plain) == fingerprint(compressed))
      #expect(plain.duplicates == compressed.duplicates && plain.selfLoops == compressed.selfLoops)
      for user in 0..<UInt32(plain.userCount) {
        #expect(plain.originalName(of: user) == compressed.originalName(of: user))
        #expect(plain.followers(of: user).elementsEqual(compressed.followers(of: user)))
      }
    }
  }

  @Test func takesLessMemory() throws {
    let plain = try GraphModel.uniform(meanFollows: 40).build(users: 20_000, seed: 1)
    var model = GraphModel.uniform(meanFollows: 40)
    model.storage = .compressed
    let compressed = try model.build(users: 20_000, seed: 1)
    // No code takes less than log2(e · 20,000 ÷ 40) = 10.4 bits of a row at random.
    #expect(Double(compressed.bytes) < 0.42 * Double(plain.bytes))
    #expect(Double(compressed.bytes) / Double(2 * compressed.edgeCount) > 10.4 / 8)
    #expect(
      model.bytes(users: 10_000_000) < 0.7
        * GraphModel.uniform(meanFollows: 40)
        .bytes(users: 10_000_000))
    #expect(Double(compressed.bytes) < model.bytes(users: 20_000))
  }

  /// A row stays where it is while seven others are asked for, and is not unpacked twice.
  @Test func aRowOutlivesSevenOthers() throws {
    let (plain, compressed) = try Self.both(Self.models[0])
    let held = compressed.followers(of: 3)
    for user in 10..<17 { _ = compressed.followees(of: UInt32(user)) }
    #expect(held.elementsEqual(plain.followers(of: 3)))
    #expect(compressed.followers(of: 3).baseAddress == held.baseAddress)
    // Having been asked for again, it is the newest.
    for user in 20..<27 { _ = compressed.followees(of: UInt32(user)) }
    #expect(held.elementsEqual(plain.followers(of: 3)))
  }

  /// The graph is shared, and where rows are unpacked is not.
  @Test func threadsUnpackForThemselves() throws {
    let (plain, compressed) = try Self.both(Self.models[2])
    let expected = fingerprint(plain)
    let found = try parallelMap(
      count: 4, threads: 4, local: { 0 }, { _, _ in fingerprint(compressed) })
    #expect(found == [UInt64](repeating: expected, count: 4))
  }

  @Test func autoCompressesWhatIsTooLarge() throws {
    var model = GraphModel.uniform(meanFollows: 50)
    model.storage = .auto
    // 10M × (50 × 16 + 24) bytes.
    #expect(model.storage(users: 10_000_000, available: 16.5e9) == .plain)
    #expect(model.storage(users: 10_000_000, available: 16.4e9) == .compressed)
    #expect(model.storage(users: 10_000_000, available: nil) == .plain)
    #expect(model.bytes(users: 10_000_000, available: 16.5e9) == 8.24e9)
    #expect(model.bytes(users: 10_000_000, available: 16.4e9) < 5e9)
    #expect(try model.build(users: 1000, seed: 1, available: 1000).storage == .compressed)
    #expect(try model.build(users: 1000, seed: 1, available: 1e9).storage == .plain)
  }

  @Test func storageIsRead() throws {
    for rule in StorageRule.allCases {
      let model = try graphModel("{kind: uniform, meanFollows: 3, storage: \(rule.rawValue)}")
      #expect(model.storage == rule)
    }
    #expect(try graphModel("{kind: uniform, meanFollows: 3}").storage == .plain)
    let problem = #expect(throws: InvalidInput.self) {
      _ = try graphModel("{kind: uniform, meanFollows: 3, storage: compresed}")
    }
    #expect(problem?.description.contains("did you mean \"compressed\"") == true)
  }
}
