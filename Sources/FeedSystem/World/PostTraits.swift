/// What kind of media a post is (S2.18: video > photo > link > status).
public enum PostType: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case status, link, photo, video

  /// In scenarios and metric names.
  public var key: String {
    switch self {
    case .status: "status"
    case .link: "link"
    case .photo: "photo"
    case .video: "video"
    }
  }
}

/// Who may see a post (S1.2): everybody, who follows its author and is followed back, some of
/// these, the author alone.
public enum PostVisibility: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case everyone, friends, list, author

  /// In scenarios and metric names.
  public var key: String {
    switch self {
    case .everyone: "everyone"
    case .friends: "friends"
    case .list: "list"
    case .author: "author"
    }
  }
}

/// What a post is, apart from who wrote it when: drawn as it is stored, the same in every design.
public struct PostTraits: BitwiseCopyable, Sendable {
  /// 0 ..< `WorldSettings.topics`.
  public var topic: UInt8 = 0
  public var type = PostType.status
  public var visibility = PostVisibility.everyone
  /// Years a viewer must be old; 0 for all ages.
  public var leastAge: UInt8 = 0
  /// 0 ..< `WorldSettings.countries`.
  public var country: UInt8 = 0
  /// Of bits: `story`, `harmful`.
  public var marks: UInt8 = 0
  /// Standard normal over the posts: how good it is, whoever looks at it.
  public var quality: Float = 0

  public static let story: UInt8 = 1
  public static let harmful: UInt8 = 2

  public var isStory: Bool { marks & PostTraits.story != 0 }
  public var isHarmful: Bool { marks & PostTraits.harmful != 0 }

  public init() {}
}

/// What a viewer reads a feed on.
public enum Device: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case phone, desktop
}

/// Who a viewer is.
public struct ViewerTraits: BitwiseCopyable, Sendable {
  /// Years.
  public var age: UInt8
  public var country: UInt8
  public var device: Device
  /// The hour of the day, 0 ..< 24, about which the viewer mostly reads.
  public var hour: UInt8
}
