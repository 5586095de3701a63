import ArgumentParser
import FeedSystem
import Foundation
import Planning
import Settings
import YAMLSettings

/// What a shell offers for an argument; asked for by the shell, never by a run.
extension CompletionKind {
  /// Scenarios and presets by name, and YAML files.
  static var scenario: CompletionKind {
    .custom { _, _, prefix in
      let names = ScenarioFolder.files(in: .scenarios) + ScenarioFolder.files(in: .presets)
      return names.map(\.name) + files(prefix, endings: [".yaml", ".yml"])
    }
  }

  /// The same, or a result document.
  static var scenarioOrResult: CompletionKind {
    .custom { _, _, prefix in
      ScenarioFolder.files(in: .scenarios).map(\.name)
        + files(prefix, endings: [".yaml", ".yml", ".json"])
    }
  }

  /// Price books by name, and YAML files.
  static var priceSheet: CompletionKind {
    .custom { _, _, prefix in
      ScenarioFolder.files(in: .prices).map(\.name) + files(prefix, endings: [".yaml", ".yml"])
    }
  }

  /// The paths of a scenario's keys, up to their value.
  static var setting: CompletionKind {
    .custom { _, _, _ in
      ((try? Scenario.keys())?.paths ?? []).filter { $0 != SettingsFile.extends.name }
        .map { $0 + "=" }
    }
  }

  /// Metrics with their statistics, with which a rule begins.
  static var metric: CompletionKind {
    .custom { _, _, _ in
      MetricNames.all.flatMap { entry in
        entry.isDistribution
          ? Threshold.statistics.map { "\(entry.name).\($0)" } : [entry.name]
      }
    }
  }

  static var result: CompletionKind { .file(extensions: ["json"]) }
  static var report: CompletionKind {
    .file(extensions: OutputFile.Format.allCases.filter { $0 != .yaml }.map(\.rawValue))
  }

  private static func files(_ prefix: String, endings: [String]) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    let path = folder.isEmpty ? "." : folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().compactMap { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
      if isFolder.boolValue, !name.hasPrefix(".") { return "\(folder)\(name)/" }
      return endings.contains { name.hasSuffix($0) } ? folder + name : nil
    }
  }
}
