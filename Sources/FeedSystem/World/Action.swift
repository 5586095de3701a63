/// What a viewer may do with a post that was shown; a set of them is a word with a bit for each.
public enum Action: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case like, comment, share, quote, send, copyLink
  /// Opens the post, its author's profile, its picture; watches half of its video; looks at it for
  /// some seconds; follows its author.
  case click, profileClick, photo, video, dwell, follow
  /// Comments, and the author reacts to that.
  case authorReply
  /// Wants no more of it: of the like, of its author, never again; calls it against the rules.
  case hide, mute, block, report

  /// In scenarios and metric names.
  public var key: String {
    switch self {
    case .like: "like"
    case .comment: "comment"
    case .share: "share"
    case .quote: "quote"
    case .send: "send"
    case .copyLink: "copy_link"
    case .click: "click"
    case .profileClick: "profile_click"
    case .photo: "photo"
    case .video: "video"
    case .dwell: "dwell"
    case .follow: "follow"
    case .authorReply: "author_reply"
    case .hide: "hide"
    case .mute: "mute"
    case .block: "block"
    case .report: "report"
    }
  }

  public var isNegative: Bool { self >= .hide }

  /// In a set of actions.
  public var bit: UInt32 { 1 << UInt32(rawValue) }
}

extension Action: Comparable {
  public static func < (a: Action, b: Action) -> Bool { a.rawValue < b.rawValue }
}
