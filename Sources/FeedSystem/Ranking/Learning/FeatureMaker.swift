import CGSL
import Simulation

/// Makes the features of a feed's candidates, a block of them at a time.
///
/// First what a post and its viewer are is gathered from where it lies, post by post, into arrays
/// that stay in the nearest cache; then every feature is made for eight posts at once
/// (`shim_features.h`). Nothing is kept of a post from one feed to the next: what is made anew each
/// time is never out of date, takes no memory, and costs some 10 ns a post.
final class FeatureMaker {
  /// Posts at a time, at most.
  @inline(__always)
  static var block: Int { 256 }
  /// Posts whose data are asked for ahead of the one that is gathered.
  @inline(__always)
  private static var ahead: Int { 12 }

  private let graph: FollowerGraph
  /// How often an impression usually brings one.
  private let usual: (likes: Float, comments: Float, shares: Float)
  private let room = FeatureRoom()
  /// For one post.
  private var one = FeatureBatch(width: Feature.allCases.count)
  private var traits = ViewerTraits(age: 30, country: 0, device: .phone, hour: 0)
  private var hour: (sine: Float, cosine: Float, habit: Float) = (0, 0, 0)
  private var viewer = UInt32.max
  private var milliseconds = Int64.min
  private var freshness = Duration.zero

  init(_ graph: FollowerGraph, _ habits: EngagementHabits) {
    self.graph = graph
    usual = (
      Float(max(habits.likes, 1e-6)), Float(max(habits.comments, 1e-6)),
      Float(max(habits.shares, 1e-6))
    )
    one.reserve(1)
  }

  deinit { room.deallocate() }

  /// The viewer's part, unless it is that of the last call already.
  func prepare(_ context: RankingContext, _ view: FeatureView, _ live: Observations) {
    if context.viewer == viewer, context.nowMilliseconds == milliseconds,
      view.freshness == freshness
    {
      return
    }
    (viewer, milliseconds) = (context.viewer, context.nowMilliseconds)
    freshness = view.freshness
    let observations = view.observations(live)
    observations.write(of: viewer, topics: room.interestsByTopic, types: room.tastesByType)
    observations.writeTrends(room.plainTrends)
    room.scale(topics: observations.topics)
    if let world = context.world { traits = world.viewer(viewer) }
    let degrees = Float(context.world?.hour(at: milliseconds) ?? 0) * 15
    hour.sine = Feature.sine(degrees: degrees)
    hour.cosine = Feature.cosine(degrees: degrees)
    hour.habit = Feature.cosine(degrees: degrees - Float(traits.hour) * 15)
  }

  /// Whether the viewer of the last `prepare` follows nobody of that name.
  func isOutside(_ author: UInt32) -> Bool {
    let row = graph.followees(of: viewer)
    var (low, high) = (0, row.count)
    while low < high {
      let middle = (low + high) / 2
      if row[middle] < author { low = middle + 1 } else { high = middle }
    }
    return low == row.count || row[low] != author
  }

  /// Writes the features of posts into a batch of as many, those of the first pass or all by the
  /// batch's width, and the posts' topics.
  ///
  /// - Parameters:
  ///   - sources: where each post comes from; all but the network are outside.
  ///   - batch: reserved for no more than `block`.
  func write(
    _ ids: UnsafePointer<UInt32>, from sources: UnsafePointer<CandidateSource>,
    _ context: RankingContext, _ view: FeatureView, into batch: borrowing FeatureBatch,
    topics: UnsafeMutablePointer<UInt8>
  ) {
    precondition(batch.count <= FeatureMaker.block && batch.width >= Feature.firstPass)
    gather(ids, from: sources, count: batch.count, context, view, topics: topics)
    context.writeInteractions(
      with: room.authors, count: batch.count, into: room.interactions)
    var inputs = room.inputs(usual)
    inputs.now = Double(milliseconds)
    inputs.country = Int32(traits.country)
    inputs.is_on_phone = traits.device == .phone ? 1 : 0
    let isAll = batch.width > Feature.firstPass
    feedsim_write_features(isAll ? 1 : 0, &inputs, batch.count, batch.column(0), batch.stride)
    if isAll { writeViewer(into: batch) }
  }

  /// Writes all features of one post, one after the other.
  func write(
    _ id: UInt32, isOutside: Bool, _ context: RankingContext, _ view: FeatureView,
    to features: UnsafeMutablePointer<Float>
  ) {
    var topic: UInt8 = 0
    withUnsafePointer(to: id) { id in
      withUnsafePointer(to: isOutside ? CandidateSource.outOfNetwork : .inNetwork) { source in
        write(id, from: source, context, view, into: one, topics: &topic)
      }
    }
    let column = one.column(0)
    for feature in 0..<one.width { features[feature] = column[feature * one.stride] }
  }

  /// The trend of a topic, as the features have it: above 0 where it finds more favour than others.
  func trend(of topic: UInt8) -> Float { room.plainTrends[Int(topic)] }

  // MARK: Posts

  /// Gathers what the posts are, and writes their topics.
  private func gather(
    _ ids: UnsafePointer<UInt32>, from sources: UnsafePointer<CandidateSource>, count: Int,
    _ context: RankingContext, _ view: FeatureView, topics: UnsafeMutablePointer<UInt8>
  ) {
    let room = room
    let seen = view.seen(context)
    let offsets = graph.followerOffsets
    room.sources.update(from: sources, count: count)
    for place in 0..<count {
      if place &+ FeatureMaker.ahead < count {
        context.prefetch(ids[place &+ FeatureMaker.ahead])
      }
      let id = ids[place]
      let post = context.post(id)
      let traits = context.traits(of: id)
      let author = Int(post.author)
      let topic = Int(traits.topic)
      topics[place] = traits.topic
      room.authors[place] = post.author
      room.counters[place] = seen[id]
      room.stored[place] = post.storedMilliseconds
      room.followers[place] = offsets[author &+ 1] &- offsets[author]
      room.kinds[place] = UInt32(traits.type.rawValue) | UInt32(traits.country) << 8
      room.interests[place] = room.interestsByTopic[topic]
      room.trends[place] = room.trendsByTopic[topic]
    }
  }

  /// Writes the features that are the viewer's alone.
  private func writeViewer(into batch: borrowing FeatureBatch) {
    func fill(_ feature: Feature, _ value: Float) {
      batch.column(feature.rawValue).update(
        repeating: FeatureBatch.quantised(value), count: batch.count)
    }
    fill(.device, traits.device == .phone ? 1 : -1)
    fill(.hourSine, hour.sine)
    fill(.hourCosine, hour.cosine)
    fill(.habit, hour.habit)
    fill(.viewerAge, (Float(traits.age) - 18) / 60)
  }
}

/// What features are made from, an array each, all in one piece of memory: a place of any of them
/// is one register and a constant away.
private struct FeatureRoom: BitwiseCopyable {
  private let base: UnsafeMutableRawPointer

  init() {
    let bytes = FeatureRoom.tables + 4 * FeatureRoom.row
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  func deallocate() { base.deallocate() }

  // MARK: Of the posts of a block

  /// Bytes of an array of words, one for each post of a block or for each topic.
  @inline(__always)
  private static var row: Int { FeatureMaker.block * 4 + 64 }

  @inline(__always)
  private func row<Element>(_ number: Int) -> UnsafeMutablePointer<Element> {
    (base + number * FeatureRoom.row).assumingMemoryBound(to: Element.self)
  }

  /// Four words each.
  @inline(__always)
  var counters: UnsafeMutablePointer<PostCounters> { row(0) }
  @inline(__always)
  var authors: UnsafeMutablePointer<UInt32> { row(4) }
  /// Milliseconds since the run's start.
  @inline(__always)
  var stored: UnsafeMutablePointer<Int32> { row(5) }
  @inline(__always)
  var followers: UnsafeMutablePointer<UInt32> { row(6) }
  @inline(__always)
  var interactions: UnsafeMutablePointer<Float> { row(7) }
  /// The type and, above it, the country.
  @inline(__always)
  var kinds: UnsafeMutablePointer<UInt32> { row(8) }
  /// Of the viewer in its topic: a third of the standard deviations.
  @inline(__always)
  var interests: UnsafeMutablePointer<Float> { row(9) }
  /// As the feature has it.
  @inline(__always)
  var trends: UnsafeMutablePointer<Float> { row(10) }
  @inline(__always)
  var sources: UnsafeMutablePointer<CandidateSource> { row(11) }

  // MARK: Of the viewer

  @inline(__always)
  private static var tables: Int { 12 * row }

  @inline(__always)
  var interestsByTopic: UnsafeMutablePointer<Float> { row(12) }
  /// As the feature has it, and before it is quantised.
  @inline(__always)
  var trendsByTopic: UnsafeMutablePointer<Float> { row(13) }
  @inline(__always)
  var plainTrends: UnsafeMutablePointer<Float> { row(14) }
  @inline(__always)
  var tastesByType: UnsafeMutablePointer<Float> { row(15) }

  /// Makes of what observations have written what features ask for.
  func scale(topics: Int) {
    for topic in 0..<min(topics, 256) {
      interestsByTopic[topic] /= 3
      trendsByTopic[topic] = FeatureBatch.quantised(plainTrends[topic])
    }
    for type in 0..<PostType.allCases.count { tastesByType[type] /= 3 }
  }

  /// The posts, as the loop over eight at a time asks for them.
  func inputs(_ usual: (likes: Float, comments: Float, shares: Float)) -> feedsim_feature_inputs {
    var inputs = feedsim_feature_inputs()
    inputs.counters = row(0)
    inputs.stored = stored
    inputs.followers = followers
    inputs.interactions = interactions
    inputs.kinds = kinds
    inputs.interests = interests
    inputs.trends = trends
    inputs.sources = row(11)
    inputs.tastes = tastesByType
    (inputs.likes, inputs.comments, inputs.shares) = usual
    return inputs
  }
}
