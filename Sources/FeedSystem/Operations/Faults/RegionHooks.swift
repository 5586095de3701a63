extension FeedSystem {
  mutating func loseRegion(_ index: Int) {}
  mutating func regainRegion(_ index: Int) {}
}
