import Settings

/// A named account with an audience of a given size.
public struct Celebrity: Sendable {
  public let name: String
  /// Of all users, or a number.
  public let followers: Portion
  private var parameters = Parameters.empty

  public init(name: String, followers: Portion) {
    self.name = name
    self.followers = followers
  }

  /// Reads `{name, followers}`, the followers as a share (`50%`) or a number (`300k`).
  public init(_ parameters: inout Parameters) throws {
    self.init(
      name: try parameters.require("name", .text, "What traffic.posts calls the account."),
      followers: try parameters.require(
        "followers", .portion(), "Of all users, as a share or a number."))
    self.parameters = parameters
  }

  public static var form: Form<Celebrity> { .keys { try Celebrity(&$0) } }

  /// The same accounts.
  ///
  /// - Throws: `InvalidInput` where a name occurs twice.
  public static func list(_ celebrities: [Celebrity]) throws -> [Celebrity] {
    for (index, celebrity) in celebrities.enumerated()
    where celebrities[..<index].contains(where: { $0.name == celebrity.name }) {
      throw celebrity.parameters.error("\"\(celebrity.name)\" occurs twice", key: "name")
    }
    return celebrities
  }

  /// A problem that named accounts have together, at their list.
  func listError(_ message: String) -> InvalidInput {
    let list = parameters.path.split(separator: ".").dropLast().joined(separator: ".")
    return InvalidInput(
      message, at: parameters.location, path: list.isEmpty ? "celebrities" : list)
  }

  func checkedFollowers(users: Int, others: Int) throws -> Int {
    let count = followers.count(of: users)
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
