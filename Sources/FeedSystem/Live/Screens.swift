/// The posts that open clients have on screen, and by post the clients that do: a place for each
/// post of a subscription's page, linked with the other places that show the same post.
struct Screens: ~Copyable {
  private static let none = UInt32.max

  let page: Int
  /// By place, `subscription × page + position`.
  private var posts: [UInt32] = []
  private var next: [UInt32] = []
  private var previous: [UInt32] = []
  /// The order on screen, which a change of rank alone changes.
  private var order: [UInt32] = []
  /// By post: the first place that shows it.
  private var first: [UInt32] = []

  init(page: Int) { self.page = page }

  /// Puts other posts on a screen; returns how many.
  mutating func show(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int, on screen: UInt32, instead shown: Int
  ) -> Int {
    clear(screen, shown: shown)
    let start = Int(screen) * page
    while posts.count < start + page {
      posts.append(Self.none)
      next.append(Self.none)
      previous.append(Self.none)
      order.append(Self.none)
    }
    let count = min(count, page)
    for position in 0..<count {
      let place = start + position
      let post = ids[position]
      while first.count <= Int(post) { first.append(Self.none) }
      let head = first[Int(post)]
      posts[place] = post
      order[place] = post
      next[place] = head
      previous[place] = Self.none
      if head != Self.none { previous[Int(head)] = UInt32(place) }
      first[Int(post)] = UInt32(place)
    }
    return count
  }

  mutating func clear(_ screen: UInt32, shown: Int) {
    for position in 0..<shown { unlink(Int(screen) * page + position) }
  }

  private mutating func unlink(_ place: Int) {
    if posts[place] == Self.none { return }
    if previous[place] == Self.none {
      first[Int(posts[place])] = next[place]
    } else {
      next[Int(previous[place])] = next[place]
    }
    if next[place] != Self.none { previous[Int(next[place])] = previous[place] }
    posts[place] = Self.none
  }

  /// The screens that show a post, the latest first.
  func showing(_ post: UInt32) -> [UInt32] {
    guard Int(post) < first.count else { return [] }
    var screens: [UInt32] = []
    var place = first[Int(post)]
    while place != Self.none {
      screens.append(place / UInt32(page))
      place = next[Int(place)]
    }
    return screens
  }

  /// The posts of a screen in the order in which they stand there.
  func order(of screen: UInt32, shown: Int) -> ArraySlice<UInt32> {
    order[Int(screen) * page..<Int(screen) * page + shown]
  }

  /// Reorders a screen; whether that changes anything.
  mutating func reorder(
    _ screen: UInt32, _ ids: UnsafeMutablePointer<UInt32>, count: Int
  ) -> Bool {
    let start = Int(screen) * page
    var hasChanged = false
    for position in 0..<count where order[start + position] != ids[position] {
      order[start + position] = ids[position]
      hasChanged = true
    }
    return hasChanged
  }
}
