/// A learned model of what viewers do with the posts that they are shown: for each head, that is
/// each kind of engagement, the logit of its probability, from features and the topic of the post.
///
/// Features are quantised: an integer in -256 ... 256 for a real value in [-1, 1]
/// (`FeatureBatch.quantised`). Scores are made from a copy of the weights that `freeze` makes, so a
/// model that goes on learning serves what it knew at the last one.
///
/// The same bytes on every machine, whatever its instructions and its BLAS: what is summed in
/// another order elsewhere is exact (`ExactProduct`), and everything else is plain IEEE arithmetic
/// in a fixed order without a function of the C library. A model is a value: a copy that serves and
/// one that learns are two.
public protocol EngagementModel: Sendable {
  /// How many features a candidate has.
  var features: Int { get }
  /// How many kinds of engagement are predicted, at most 32.
  var heads: Int { get }

  /// The logits of one head.
  /// - Parameters:
  ///   - topics: the topic of each candidate's post.
  ///   - scores: room for as many as the batch has candidates.
  func score(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, head: Int,
    into scores: UnsafeMutablePointer<Float>)

  /// The sum over the heads of weight times predicted probability.
  /// - Parameter weights: one for each head; a head of weight 0 costs nothing.
  func scoreWeighted(
    _ batch: borrowing FeatureBatch, topics: UnsafePointer<UInt8>, weights: [Float],
    into scores: UnsafeMutablePointer<Float>)

  /// Before anything is learnt: each head's constant becomes the logit of how often it happens.
  ///
  /// What is rare would otherwise be foretold too often for as long as it takes to unlearn that it
  /// is even (Lin, Goyal, Girshick, He, Dollár: "Focal loss for dense object detection", ICCV 2017,
  /// section 3.3).
  /// - Parameter rates: by head, each above 0 and below 1.
  mutating func begin(at rates: [Double])

  /// One step down the gradient of the log loss of one example, summed over the heads.
  /// - Parameters:
  ///   - features: quantised, one after the other.
  ///   - labels: bit h tells whether what head h predicts has happened.
  mutating func learn(features: UnsafePointer<Float>, topic: UInt8, labels: UInt32)

  /// From now on scores are made from what has been learnt until now.
  mutating func freeze()
}
