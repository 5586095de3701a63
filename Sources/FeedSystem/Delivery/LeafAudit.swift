import Simulation

extension FeedSystem {
  /// An author's measured posts as those who pull them find them, and those that the leaf does not
  /// have yet. What a leaf has dropped for its age has been found there, as a timeline's oldest
  /// entries have.
  func postsOnLeaf(of author: UInt32) -> (readable: [UInt32], waiting: [UInt32]) {
    let place = leaves.leaf(of: author)
    let leaf = tailers.leaves[place]
    var held = Set<UInt32>()
    let buffer = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, leaves.count(of: place)))
    defer { buffer.deallocate() }
    let count = leaves.read(author, ids: 0..<UInt32.max, limit: .max, into: buffer)
    for index in 0..<count { held.insert(buffer[index]) }
    let isAnsweredElsewhere = leaf.isDown && design.leafIndex?.whenDown == .postStore
    let firstWaiting = leaf.waiting.first?.post ?? UInt32.max
    var readable: [UInt32] = []
    var waiting: [UInt32] = []
    var post = posts.latest(of: author)
    while post != PostStore.none {
      let record = posts[post]
      if record.measured != 0 {
        if isAnsweredElsewhere {
          readable.append(post)
        } else if leaf.isDown || post >= firstWaiting {
          waiting.append(post)
        } else if held.contains(post) || !isRetained(post) {
          readable.append(post)
        }
      }
      post = record.previous
    }
    return (readable, waiting)
  }
}
