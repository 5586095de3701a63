import Settings
import Simulation

/// A scenario's `notifications`: push notifications to viewers without a session (S0.14).
public struct NotificationSettings: Sendable {
  /// Of all follows, those whose follower asked to be notified.
  public var follows = 0.05
  public var authorsFrom = 0
  public var perDay = 5
  /// Of those sent, that reach no device any more.
  public var bounced = 0.02

  init() {}

  init(_ parameters: inout Parameters) throws {
    follows = try parameters.read(
      "follows", .share(), default: follows,
      "Of all follows, those that their follower wants to be notified of.")
    authorsFrom = try parameters.read(
      "authorsFrom", .count(), default: authorsFrom,
      "Only posts of authors with so many followers or more are notified.")
    perDay = try parameters.read(
      "perDay", .count(in: 0...65_535), default: perDay, "That a viewer gets in a day at most.")
    bounced = try parameters.read(
      "bounced", .share(), default: bounced, "Of those sent, that reach no device any more.")
  }
}

/// What has been notified.
public struct Notifications: ~Copyable {
  var pending = Pool<NotificationRow>()
  /// By viewer: the day of the last one, and how many there were on it.
  private var days: [UInt16]
  private var counts: [UInt16]
  var books = NotificationBooks()
  /// Of the window's posts.
  public internal(set) var measured = NotificationBooks()
  /// From a post's opening until a device has it, over the window's posts.
  public internal(set) var lag: Bank<Histogram>

  /// - Parameter users: 0 where nobody is notified.
  init(users: Int) {
    days = [UInt16](repeating: 0, count: users)
    counts = days
    lag = Bank(count: users > 0 ? 1 : 0) { _ in Histogram() }
  }

  /// Whether a viewer may have another one; it is then counted.
  mutating func allows(_ viewer: UInt32, on day: UInt16, limit: Int) -> Bool {
    if days[Int(viewer)] != day {
      days[Int(viewer)] = day
      counts[Int(viewer)] = 0
    }
    guard Int(counts[Int(viewer)]) < limit else { return false }
    counts[Int(viewer)] += 1
    return true
  }
}

/// Where notifications have got to: due = limited + sent + under way, sent = accepted + bounced.
public struct NotificationBooks: Sendable {
  public var due = 0
  public var limited = 0
  public var sent = 0
  public var accepted = 0
  public var bounced = 0
}

struct NotificationRow: BitwiseCopyable {
  var opened: Instant
  var key: UInt64
  var isMeasured: Bool
}

/// post delivered or readable → the viewer's limit → notifier → the device, or nowhere
extension FeedSystem {
  /// Notifies a viewer without a session of a post, if the viewer wants to hear of its author.
  func notify(_ viewer: UInt32, of post: UInt32, opened: Instant) {
    guard let settings = design.notifications, audience.activity.isActive(viewer) else { return }
    let author = posts[post].author
    guard audience.graph.followerCount(of: author) >= settings.authorsFrom else { return }
    // Whoever wants to be notified wants it of every post of that author, in every design.
    let follow = UInt64(author) << 32 | UInt64(viewer)
    var wish = RandomStream(seed: seed, purpose: Purpose.notificationWish.rawValue, entity: follow)
    guard wish.uniform() < settings.follows else { return }
    let isMeasured = posts[post].measured != 0
    count(\.due, isMeasured)
    let day = UInt16(clamping: now.nanoseconds / 86_400_000_000_000 + 1)
    guard notifications.allows(viewer, on: day, limit: settings.perDay) else {
      return count(\.limited, isMeasured)
    }
    let key = mix64(follow &+ UInt64(post) &* 0x9e37_79b9_7f4a_7c15)
    let id = notifications.pending.take(
      NotificationRow(opened: opened, key: key, isMeasured: isMeasured))
    _ = visit(.notifier, key: key, then: .notified(id))
  }

  /// The device's provider has taken it, or knows no such device.
  func endNotification(_ id: UInt32) {
    leave(.notifier)
    let row = notifications.pending[id]
    notifications.pending.release(id)
    count(\.sent, row.isMeasured)
    var device = RandomStream(seed: seed, purpose: Purpose.bounce.rawValue, entity: row.key)
    let isBounced = device.uniform() < design.notifications?.bounced ?? 0
    count(isBounced ? \.bounced : \.accepted, row.isMeasured)
    if row.isMeasured, !isBounced { notifications.lag[0].record(now - row.opened) }
  }

  private func count(
    _ figure: WritableKeyPath<NotificationBooks, Int>, _ isMeasured: Bool
  ) {
    notifications.books[keyPath: figure] += 1
    if isMeasured { notifications.measured[keyPath: figure] += 1 }
  }
}
