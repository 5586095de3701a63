public struct InvalidInput: Error, Sendable, CustomStringConvertible {
  public var message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}
enum Quantity {
  static func nanoseconds(_ text: String) throws(InvalidInput) -> Int64 {
    let units: [(String, Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 6e10), ("m", 6e10), ("h", 3.6e12),
      ("d", 8.64e13), ("s", 1e9),
    ]
    for (unit, scale) in units where text.hasSuffix(unit) {
      if let number = plainNumber(text.dropLast(unit.count)) { 
        let v = (number * scale).rounded()
        if v < 9e18 { return Int64(v) } }
    }
    throw InvalidInput("'\(text)' is not a duration such as 200ms, 1.5s, 24h")
  }
  static func count(_ text: String) throws(InvalidInput) -> Int {
    guard let n = Int(text), n >= 0 else { throw InvalidInput("'\(text)' is not a count") }
    return n
  }
  static func share(_ text: String) throws(InvalidInput) -> Double {
    guard text.hasSuffix("%"), let n = plainNumber(text.dropLast()) else {
      throw InvalidInput("'\(text)' is not a share") }
    return n / 100
  }
  static func rate(_ text: String) throws(InvalidInput) -> Double {
    let parts = text.split(separator: "/")
    let units: [String: Double] = ["s": 1, "min": 60, "h": 3600, "d": 86400, "day": 86400]
    guard parts.count == 2, let n = plainNumber(parts[0]), let u = units[String(parts[1])] else {
      throw InvalidInput("'\(text)' is not a rate such as 800/s")
    }
    return n / u
  }
}
func editDistance(_ a: String, _ b: String) -> Int {
  let x = Array(a), y = Array(b)
  var row = Array(0...y.count)
  for i in x.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in y.indices {
      let cost = min(diagonal + (x[i] == y[j] ? 0 : 1), row[j] + 1, row[j + 1] + 1)
      diagonal = row[j + 1]
      row[j + 1] = cost
    }
  }
  return row[y.count]
}
func suggestion(for name: String, among known: [String]) -> String {
  let near = known.map { ($0, editDistance(name, $0)) }.filter { $0.1 <= 3 }.min { $0.1 < $1.1 }
  return near.map { ", did you mean '\($0.0)'?" } ?? ""
}
extension String {
  var trimmed: String {
    var view = self[...]
    while let c = view.first, c.isWhitespace { view.removeFirst() }
    while let c = view.last, c.isWhitespace { view.removeLast() }
    return String(view)
  }
}
