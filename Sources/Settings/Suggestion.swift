/// Names a person may have meant.
public enum Suggestion {
  /// The known name nearest to what was written, or nil when none is near enough to be a slip.
  public static func closest(to written: String, among known: [String]) -> String? {
    let folded = written.lowercased()
    if let same = known.first(where: { $0.lowercased() == folded && $0 != written }) {
      return same
    }
    // A slip changes about a third of a word's letters at most; longer input is not a slip.
    guard written.utf8.count <= 64 else { return nil }
    let limit = max(1, folded.count / 3)
    var best: (name: String, distance: Int)?
    for name in known where name != written {
      let distance = distance(folded, name.lowercased())
      if distance <= limit, distance < name.count, distance < best?.distance ?? .max {
        best = (name, distance)
      }
    }
    return best?.name
  }

  /// `; known: a, b, c; did you mean "b"?`, for the end of a message about an unknown name.
  public static func text(for written: String, among known: [String]) -> String {
    var text = list(for: written, among: known)
    if let name = closest(to: written, among: known) { text += "; did you mean \"\(name)\"?" }
    return text
  }

  /// Names that a person reads through.
  private static let most = 60

  /// `; known: a, b, c`. Of more names than a person reads through, the ones that begin with the
  /// same word, before the first dot; where there are none, the words that names begin with.
  public static func list(for written: String, among known: [String]) -> String {
    if known.isEmpty { return "" }
    if known.count <= most { return "; known: " + known.joined(separator: ", ") }
    func word(_ name: String) -> Substring { name.prefix { $0 != "." } }
    let near = known.filter { word($0) == word(written) }
    if !near.isEmpty {
      return "; known of \(word(written)): " + near.prefix(most).joined(separator: ", ")
        + (near.count > most ? " and more" : "")
    }
    var seen: Set<Substring> = []
    let words = known.map(word).filter { seen.insert($0).inserted }
    return "; known names begin with " + words.joined(separator: ", ")
  }

  /// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the
  /// other (Damerau's edit distance, in its optimal-string-alignment form).
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in 0..<a.count {
      current[0] = i + 1
      for j in 0..<b.count {
        let substituted = previous[j] + (a[i] == b[j] ? 0 : 1)
        var cost = min(previous[j + 1] + 1, current[j] + 1, substituted)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforePrevious[j - 1] + 1)
        }
        current[j + 1] = cost
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
  }
}
