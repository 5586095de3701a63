import Simulation
import Testing

@testable import FeedSystem

/// Who acts how, against the closed form of the model.
struct LatentEngagementTests {
  private let world: World
  private let model: LatentEngagement

  init() {
    var settings = WorldSettings()
    settings.harmful = 0.1
    settings.examination = 0.5
    world = World(settings, seed: 5)
    model = world.engagement
  }

  private func post(_ number: Int) -> (traits: PostTraits, author: UInt32) {
    let author = UInt32(number % 300)
    return (world.post(by: author, at: Int64(number) * 7919), author)
  }

  private func appeal(_ number: Int, _ viewer: UInt32) -> Appeal {
    let (traits, author) = post(number)
    let view = world.viewpoint(of: viewer, at: Int64(number % 97) * 3_600_000)
    return world.appeal(of: traits, by: author, storedMilliseconds: 0, to: view)
  }

  private func judge(_ number: Int, _ viewer: UInt32, place: Int) -> Judgement {
    let (traits, author) = post(number)
    var stream = world.judgement(of: traits, by: author, viewer: viewer)
    return model.judge(appeal(number, viewer), place: place, factor: 1, &stream)
  }

  @Test func indifferentViewersActAtTheRates() {
    let indifferent = Appeal(utility: 0, type: .video)
    let habits = EngagementHabits()
    func isNear(_ action: Action, _ rate: Double, _ appeal: Appeal) -> Bool {
      abs(model.probability(of: action, appeal) - rate) < 1e-12
    }
    #expect(isNear(.like, habits.likes, indifferent))
    #expect(isNear(.comment, habits.comments, indifferent))
    #expect(isNear(.share, habits.shares, indifferent))
    #expect(isNear(.authorReply, habits.comments * 0.1, indifferent))
    #expect(isNear(.photo, 0, indifferent))
    #expect(isNear(.dwell, expo(-10 / 8), indifferent))
    // A utility of 1 is e times the odds, and for what one is driven against by it 1/e.
    let pleased = Appeal(utility: 1)
    let odds = habits.likes / (1 - habits.likes) * expo(1)
    #expect(isNear(.like, odds / (1 + odds), pleased))
    let reports = model.rates[Int(Action.report.rawValue)]
    let against = reports / (1 - reports) * expo(-1)
    #expect(isNear(.report, against / (1 + against), pleased))
    let harmful = Appeal(utility: 1, isHarmful: true)
    #expect(isNear(.report, 20 * against / (1 + 20 * against), harmful))
  }

  @Test func worthIsTheSumOverActions() {
    let worth = world.settings.worth
    for number in 0..<200 {
      let appeal = appeal(number, UInt32(number * 31))
      var sum = 0.0
      for action in Action.allCases where action != .follow {
        sum += worth[action] * model.probability(of: action, appeal)
      }
      #expect(abs(Double(model.worth(of: appeal)) - sum) < 1e-5 * max(1, abs(sum)))
    }
  }

  /// Observed counts are sums of independent draws of known probabilities.
  @Test func viewersActAsTheModelSays() {
    var seen = [Double](repeating: 0, count: Action.allCases.count)
    var mean = seen
    var variance = seen
    var (seconds, expected, spread) = (0.0, 0.0, 0.0)
    for number in 0..<12_000 {
      let viewer = UInt32(number * 17 % 5003)
      let judgement = judge(number, viewer, place: 1)
      #expect(judgement.isExamined)
      let appeal = appeal(number, viewer)
      for action in Action.allCases {
        let index = Int(action.rawValue)
        let probability = model.probability(of: action, appeal)
        seen[index] += judgement.has(action) ? 1 : 0
        mean[index] += probability
        variance[index] += probability * (1 - probability)
      }
      seconds += judgement.seconds
      expected += model.meanDwell(appeal)
      spread += model.meanDwell(appeal) * model.meanDwell(appeal)
    }
    for action in Action.allCases {
      let index = Int(action.rawValue)
      let distance = abs(seen[index] - mean[index])
      #expect(distance < 4 * max(1, variance[index]).squareRoot(), "\(action)")
      #expect(mean[index] > 0, "\(action)")
    }
    #expect(abs(seconds - expected) < 4 * spread.squareRoot())
  }

  /// A place decides whether a post is looked at, and nothing else.
  @Test func placesDecideWhoLooks() {
    #expect(model.examination(of: 1) == 1)
    #expect(abs(model.examination(of: 4) - 0.5) < 1e-15)
    #expect(abs(model.examination(of: 400) - 0.05) < 1e-12)
    var looks = 0
    let count = 4000
    for number in 0..<count {
      let low = judge(number, 7, place: 4)
      looks += low.isExamined ? 1 : 0
      let high = judge(number, 7, place: 1)
      if low.isExamined {
        #expect(high.actions == low.actions)
        #expect(high.seconds == low.seconds)
      } else {
        #expect(low.actions == 0)
        #expect(low.seconds == 0)
      }
    }
    #expect(abs(Double(looks) - Double(count) / 2) < 4 * (Double(count) / 4).squareRoot())
  }

  @Test func utilityIsTheFormula() {
    var settings = WorldSettings()
    settings.breaking = []
    let plain = World(settings, seed: 3)
    let weights = settings.utility
    let hour: Int64 = 3_600_000
    for number in 0..<50 {
      let viewer = UInt32(number)
      let traits = plain.post(by: 4, at: Int64(number))
      let now = Int64(number) * hour
      let view = plain.viewpoint(of: viewer, at: now)
      let who = plain.viewer(viewer)
      let interest = Double(plain.interest(of: viewer, in: traits.topic))
      let affinity = Double(plain.affinity(of: viewer, with: 4))
      let quality = Double(traits.quality)
      let taste = Double(plain.taste(of: viewer, for: traits.type))
      let device = [0, -1, 0.5, 1][Int(traits.type.rawValue)] * (who.device == .phone ? 1.0 : -1)
      let isMoving = traits.type == .photo || traits.type == .video
      let distance = abs(plain.hour(at: now) - Int(who.hour))
      let near = Self.cosine(hours: min(distance, 24 - distance))
      var utility = weights.interest * interest + weights.affinity * affinity
      utility += weights.quality * quality + weights.qualityInterest * quality * interest
      utility += weights.taste * taste + weights.device * device
      utility += weights.hour * near * (isMoving ? 1 : -1)
      utility -= weights.ageing * Double(now) / Double(now + 24 * hour)
      let told = plain.appeal(of: traits, by: 4, storedMilliseconds: 0, to: view)
      #expect(abs(Double(told.utility) - utility) < 1e-5)
    }
  }

  /// cos 2πh/24 by cos (n + 1)x = 2 cos x cos nx − cos (n − 1)x, from cos 15° = (√6 + √2) / 4.
  private static func cosine(hours: Int) -> Double {
    let step = (6.0.squareRoot() + 2.0.squareRoot()) / 4
    var (before, here) = (step, 1.0)
    for _ in 0..<hours { (before, here) = (here, 2 * step * here - before) }
    return here
  }

  @Test func whatBreaksIsHotForEverybody() throws {
    var settings = WorldSettings()
    settings.topics = 8
    var topic = BreakingTopic(topic: 5, at: .seconds(3600), for: .seconds(7200))
    topic.heat = 2
    topic.fade = .seconds(1800)
    topic.share = 0.5
    settings.breaking = [topic]
    let opens = Instant.start + .seconds(600)
    let hot = World(settings, seed: 3, opens: opens)
    settings.breaking = []
    let cold = World(settings, seed: 3, opens: opens)
    #expect(topic.course(at: 3_599_999) == 0)
    #expect(topic.course(at: 3_600_000) == 1)
    #expect(topic.course(at: 10_800_000) == 1)
    #expect(abs(topic.course(at: 12_600_000) - expo(-1)) < 1e-12)
    let during: Int64 = 600_000 + 5_000_000
    for viewer in UInt32(0)..<20 {
      var traits = PostTraits()
      traits.topic = 5
      traits.quality = 0.5
      func utility(_ world: World, _ time: Int64) -> Float {
        world.appeal(
          of: traits, by: 1, storedMilliseconds: 0, to: world.viewpoint(of: viewer, at: time)
        ).utility
      }
      let raised = utility(hot, during) - utility(cold, during)
      let weights = settings.utility
      let rise = (weights.interest + weights.qualityInterest * 0.5) * 2
      #expect(abs(Double(raised) - rise) < 1e-5)
      #expect(utility(hot, 600_000) == utility(cold, 600_000))
      traits.topic = 4
      #expect(utility(hot, during) == utility(cold, during))
    }
    var turned = 0
    var others = 0
    for number in 0..<4000 {
      let time = during + Int64(number)
      let before = cold.post(by: UInt32(number), at: time)
      let after = hot.post(by: UInt32(number), at: time)
      if before.topic == 5 { continue }
      others += 1
      turned += after.topic == 5 ? 1 : 0
      #expect(after.quality == before.quality && after.type == before.type)
      let early = Int64(number) - 10_000_000
      #expect(hot.post(by: 3, at: early).topic == cold.post(by: 3, at: early).topic)
    }
    let deviation = (Double(others) / 4).squareRoot()
    #expect(abs(Double(turned) - Double(others) / 2) < 4 * deviation)
  }
}
