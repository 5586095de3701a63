import Simulation

/// How well a model has foretold what viewers did, each time before it could learn from that
/// (progressive validation: Blum, Kalai, Langford: "Beating the hold-out", COLT 1999), of the
/// measurement window, and how old it was.
public struct ModelBooks: Sendable {
  /// Logits by half a sixteenth, so that equal memory tells the area under the curve whatever the
  /// number of examples.
  private static let bins = 1024

  public private(set) var predictions = 0
  private var loss = 0.0
  private var positives = [Int](repeating: 0, count: ModelBooks.bins)
  private var negatives = [Int](repeating: 0, count: ModelBooks.bins)
  /// Examples learnt, an epoch once, and how often the model was trained, since the run's start.
  public internal(set) var examples = 0
  public internal(set) var trainings = 0
  /// Examples that were not kept until the model was trained.
  public internal(set) var dropped = 0
  public private(set) var feeds = 0
  private var age = 0.0

  public init() {}

  /// Notes what was foretold of one example, and what happened.
  mutating func note(logit: Float, happened: Bool) {
    let chance = Logistic.probability(Double(logit))
    loss -= ln(max(happened ? chance : 1 - chance, 1e-15))
    predictions += 1
    let place = min(max((logit + 16) * 32, 0), Float(ModelBooks.bins - 1))
    if happened { positives[Int(place)] += 1 } else { negatives[Int(place)] += 1 }
  }

  /// Notes that a feed was ranked by a model that knows what was seen until `age` ago.
  mutating func noteFeed(age: Duration) {
    feeds += 1
    self.age += age.seconds
  }

  /// The mean of −ln of the probability given to what happened, in nats; nil without examples.
  public var logLoss: Double? { predictions == 0 ? nil : loss / Double(predictions) }

  /// The chance that of an example in which it happened and one in which it did not the former was
  /// given the larger probability, ties counting half (Hanley and McNeil: "The meaning and use of
  /// the area under a ROC curve", Radiology 143, 1982); nil where one of them is lacking. Exact up
  /// to the width of a bin, 1/32 of a logit.
  public var areaUnderCurve: Double? {
    let (all, none) = (positives.reduce(0, +), negatives.reduce(0, +))
    guard all > 0, none > 0 else { return nil }
    var below = 0.0
    var area = 0.0
    for bin in 0..<ModelBooks.bins {
      area += Double(positives[bin]) * (below + Double(negatives[bin]) / 2)
      below += Double(negatives[bin])
    }
    return area / (Double(all) * Double(none))
  }

  /// Seconds, the mean over the feeds that it ranked; nil where it ranked none.
  public var meanAge: Double? { feeds == 0 ? nil : age / Double(feeds) }

  /// The books of another arm's model added to these.
  mutating func add(_ other: ModelBooks) {
    predictions += other.predictions
    loss += other.loss
    for bin in 0..<ModelBooks.bins {
      positives[bin] += other.positives[bin]
      negatives[bin] += other.negatives[bin]
    }
    examples += other.examples
    trainings += other.trainings
    dropped += other.dropped
    feeds += other.feeds
    age += other.age
  }
}
