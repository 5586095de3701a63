import Settings
import Simulation

/// What is taken out of posts before they are shown (S0.24).
public enum PrivacyKind: Int, CaseIterable, Sendable {
  case location, faces, mentions

  /// In scenarios and metric names.
  public var key: String {
    switch self {
    case .location: "location"
    case .faces: "faces"
    case .mentions: "mentions"
    }
  }
}

/// A scenario's `privacy`: which posts are anonymised on their way out, and how long that takes.
public struct PrivacySettings: Sendable {
  public struct Need: Sendable, Equatable {
    /// Of posts.
    public var share: Double
    /// Added to the visit for each such post of a page.
    public var time: Duration

    init(share: Double, time: Duration) { (self.share, self.time) = (share, time) }

    init(_ parameters: inout Parameters, _ standard: Need) throws {
      share = try parameters.read(
        "share", .share(), default: standard.share, "Of posts, those that need it.")
      time = try parameters.read(
        "time", .duration(in: .zero...Duration.seconds(60)), default: standard.time,
        "That each such post of a page takes.")
    }
  }

  /// By kind. No seed says: a field dropped, a picture blurred, a text rewritten.
  public var needs = [
    Need(share: 0.05, time: .microseconds(10)), Need(share: 0.1, time: .milliseconds(5)),
    Need(share: 0.2, time: .microseconds(50)),
  ]

  init(_ parameters: inout Parameters) throws {
    needs = try PrivacyKind.allCases.map { kind in
      let standard = needs[kind.rawValue]
      let need = try parameters.section(kind.key, Self.about(kind)) { try Need(&$0, standard) }
      return need ?? standard
    }
  }

  private static func about(_ kind: PrivacyKind) -> String {
    switch kind {
    case .location: "Where a post was made is left out."
    case .faces: "Faces in its picture are blurred."
    case .mentions: "Whom it mentions is left out."
    }
  }
}
