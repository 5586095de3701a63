/// The measured posts of each author, counted from the posts alone: by author, and by plan for
/// those whose plan has changed.
struct PublishedPosts {
  /// Everybody with a post, in the order of their first.
  private(set) var authors: [UInt32] = []
  private var whole: [AuditAccount]
  /// Looked up by author, in the order of the author's spans; nobody else has one.
  private(set) var bySpan: [UInt32: [AuditAccount]] = [:]

  init(users: Int) { whole = [AuditAccount](repeating: AuditAccount(), count: users) }

  /// All posts of an author.
  subscript(author: UInt32) -> AuditAccount { whole[Int(author)] }

  /// - Parameter spans: the author's plans; none where there has only been one.
  mutating func add(_ post: UInt32, by author: UInt32, of spans: [PlanSpan]) {
    if whole[Int(author)].count == 0 { authors.append(author) }
    whole[Int(author)].add(post)
    guard let place = spans.firstIndex(where: { $0.posts.contains(post) }) else { return }
    bySpan[author, default: Array(repeating: AuditAccount(), count: spans.count)][place].add(post)
  }
}
