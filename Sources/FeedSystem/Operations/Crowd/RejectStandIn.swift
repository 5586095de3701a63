/// Rejections that say why, until clients ask for the cause.
extension FeedSystem {
  mutating func reject(_ id: UInt32, _ cause: FailureCause) { reject(id) }
  mutating func reject(post id: UInt32, _ cause: FailureCause) { reject(post: id) }
}
