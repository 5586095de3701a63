import Foundation
import Planning
import Simulation

/// The price books that there are, and how old each is today.
///
/// Here a clock may be looked at: a list is no result, and neither is a word to whoever watches. A
/// run never does.
enum PriceShelf {
  /// Above which a book is called old, in days.
  static let staleAfter = 366

  private static var today: Int { Int((Date().timeIntervalSince1970 / 86_400).rounded(.down)) }

  /// Tells whoever watches that a book is old today; documents tell of ages by `asOf`.
  static func note(_ sheet: PriceSheet?) {
    guard Output.showsProgress, let sheet, let warning = warning(sheet, today) else { return }
    Output.note(warning)
  }

  static func warning(_ sheet: PriceSheet, _ today: Int) -> String? {
    guard let date = PriceDate(sheet.date), today - date.dayNumber > staleAfter else { return nil }
    return "WARNING: the price book \(sheet.name) is of \(sheet.date), \(today - date.dayNumber) "
      + "days ago; feedsim list prices has others"
  }

  static var entries: [(name: String, summary: String)] {
    let today = today
    return ScenarioFolder.files(in: .prices).map { entry in
      let path = "\(ScenarioFolder.Section.prices.folder)/\(entry.name).yaml"
      guard let sheet = try? PriceSheet.read(path: path) else {
        return (entry.name, "cannot be read: feedsim plan diff \(path) \(path) says why")
      }
      return (entry.name, "\(age(sheet, today)): \(entry.summary)")
    }
  }

  /// `USD, 2026-08-21, 93 days old`
  static func age(_ sheet: PriceSheet, _ today: Int) -> String {
    let text = "\(sheet.currency.rawValue), \(sheet.date)"
    guard let date = PriceDate(sheet.date) else { return text }
    let days = max(0, today - date.dayNumber)
    let age = "\(text), \(days) \(days == 1 ? "day" : "days") old"
    return days > staleAfter ? "\(age), STALE" : age
  }
}
