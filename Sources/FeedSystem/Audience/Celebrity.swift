import Settings

/// A named account with an audience of a given size.
public struct Celebrity: Sendable {
  public enum Followers: Sendable, Equatable {
    case count(Int)
    /// Of all users, 0 ... 1.
    case share(Double)

    public func count(ofUsers users: Int) -> Int {
      switch self {
      case .count(let count): count
      case .share(let share): Int((share * Double(users)).rounded())
      }
    }
  }

  public let name: String
  public let followers: Followers
  private var parameters = Parameters.empty

  public init(name: String, followers: Followers) {
    self.name = name
    self.followers = followers
  }

  /// Reads `{name, followers}`, the followers as a share (`50%`) or a number (`300k`).
  public init(_ parameters: inout Parameters) throws {
    guard let name = try parameters.text("name") else { throw parameters.missing("name") }
    guard let text = try parameters.text("followers") else {
      throw parameters.missing("followers")
    }
    if text.hasSuffix("%") {
      guard let share = try parameters.share("followers") else {
        throw parameters.missing("followers")
      }
      self.init(name: name, followers: .share(share))
    } else {
      guard let count = try parameters.count("followers") else {
        throw parameters.missing("followers")
      }
      self.init(name: name, followers: .count(count))
    }
    self.parameters = parameters
  }

  /// Reads a list of them; no name may occur twice.
  public static func list(_ settings: [Setting]) throws -> [Celebrity] {
    var celebrities: [Celebrity] = []
    for setting in settings {
      var parameters = try Parameters(setting)
      let celebrity = try Celebrity(&parameters)
      try parameters.finish()
      if celebrities.contains(where: { $0.name == celebrity.name }) {
        throw parameters.error("\"\(celebrity.name)\" occurs twice", key: "name")
      }
      celebrities.append(celebrity)
    }
    return celebrities
  }

  func checkedFollowers(users: Int, others: Int) throws -> Int {
    let count = followers.count(ofUsers: users)
    // All users (100 %) means all the others.
    if count == users, case .share = followers { return others }
    guard count <= others else {
      throw parameters.error(
        "\(name) cannot have \(count) followers: there are \(others) others",
        key: "followers")
    }
    return count
  }
}
