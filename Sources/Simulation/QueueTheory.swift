import CGSL

/// An exact figure for a queue, from a formula.
public struct ClosedForm: Sendable, Equatable {
  /// A metric of `QueueResult`.
  public var metric: String
  /// "mean", or a quantile's name.
  public var statistic: String
  /// In the metric's unit.
  public var value: Double
  /// What the formula is called.
  public var source: String
}

/// The closed forms of the queues that have one.
///
/// Kleinrock: "Queueing Systems I", 1975 (Erlang B and C, birth–death, Pollaczek–Khinchine,
/// GI/M/1); Kleinrock II, 1976 (priorities: Cobham; processor sharing); Garnett, Mandelbaum,
/// Reiman 2002 (Erlang A); Chaudhry and Templeton 1983 (batches); Levy and Kleinrock 1986
/// (set-ups, vacations); Burke 1956, Jackson 1957 (tandems, feedback).
public enum QueueTheory {
  /// What is known exactly about a stable queue; empty where nothing is.
  public static func closedForms(of design: QueueDesign) -> [ClosedForm] {
    guard design.isStable, design.recorded.isEmpty else { return [] }
    var book = FormulaBook(design: design)
    if design.capacity == nil && design.patience == nil {
      book.add("throughput", "mean", design.arrivalRate, "flow balance")
      book.add("blocked", "mean", 0, "unlimited room")
      if design.servers != nil && design.stages.isEmpty {
        book.add("utilisation", "mean", design.load, "λ E[S] / c")
      }
    }
    book.addLaw()
    return book.forms.filter(\.value.isFinite)
  }

  /// The queue's name in Kendall's notation.
  public static func name(of design: QueueDesign) -> String {
    let servers = design.servers.map { "\($0)" } ?? "inf"
    if !design.classes.isEmpty { return "M/G/\(servers) with \(design.classes.count) classes" }
    let arrivals = design.batch == .fixed(1) ? "" : "^[X]"
    let process = design.recorded.isEmpty ? letter(design.gap, arrival: true) : "recorded"
    var name = "\(process)\(arrivals)/\(letter(design.service))/\(servers)"
    if let capacity = design.capacity { name += "/\(capacity)" }
    if let patience = design.patience { name += "+\(letter(patience))" }
    if design.discipline == .ps { name += "-PS" }
    if design.returning > 0 { name += " with feedback" }
    if design.setup != nil { name += " with set-up" }
    if design.vacation != nil { name += " with vacations" }
    for stage in design.stages { name += " → \(letter(stage))/1" }
    return name
  }

  private static func letter(_ law: Distribution, arrival: Bool = false) -> String {
    switch law.law {
    case .exponential: "M"
    case .constant: "D"
    case .erlang: "E\(law.count)"
    case .hyperexponential: "H2"
    default: law.count > 0 && law.law == .gamma ? "E\(law.count)" : arrival ? "GI" : "G"
    }
  }
}

/// Collects the formulas that apply to one design.
struct FormulaBook {
  let design: QueueDesign
  var forms: [ClosedForm] = []

  /// Per second; the service rate is one server's.
  var lambda: Double { design.arrivalRate }
  var mu: Double { 1 / design.service.mean }

  init(design: QueueDesign) { self.design = design }

  mutating func add(_ metric: String, _ statistic: String, _ value: Double, _ source: String) {
    forms.append(ClosedForm(metric: metric, statistic: statistic, value: value, source: source))
  }

  /// Mean times and, by Little's law, mean numbers; `entering` jobs a second.
  mutating func addMeans(waiting: Double?, sojourn: Double, entering: Double, _ source: String) {
    add("sojourn_time", "mean", sojourn, source)
    add("number_in_system", "mean", entering * sojourn, "Little")
    guard let waiting else { return }
    add("waiting_time", "mean", waiting, source)
    add("number_waiting", "mean", entering * waiting, "Little")
  }

  mutating func addQuantiles(_ metric: String, _ source: String, _ quantile: (Double) -> Double?) {
    for (name, q) in QueueModel.quantiles {
      if let value = quantile(q) { add(metric, name, value, source) }
    }
  }

  mutating func addLaw() {
    let poisson = design.gap.law == .exponential
    let markov = poisson && design.service.law == .exponential
    let plain =
      design.batch == .fixed(1) && design.returning == 0 && design.setup == nil
      && design.vacation == nil && design.stages.isEmpty && design.classes.isEmpty
      && design.discipline == .fcfs
    let limited = design.capacity != nil || design.patience != nil
    if !design.classes.isEmpty { return addPriorities() }
    guard let servers = design.servers else {
      if plain && poisson && !limited { addInfinite() }
      return
    }
    if plain && limited { return addLimited(servers, poisson: poisson, markov: markov) }
    if plain && markov { return addErlangC(servers) }
    if plain && servers == 1 && poisson { return addPollaczekKhinchine() }
    if plain && servers == 1 && design.service.law == .exponential { return addRenewal() }
    if plain && design.gap.cv == 0 && design.service.cv == 0 {
      return addMeans(waiting: 0, sojourn: 1 / mu, entering: lambda, "nothing varies")
    }
    if servers == 1 && poisson { addSpecial(markov: markov) }
  }

  // MARK: - Plain queues

  private mutating func addErlangC(_ servers: Int) {
    let states = BirthDeath(lambda: lambda, mu: mu, servers: servers)
    let delayed = states.erlangC
    let spare = Double(servers) * mu - lambda
    let name = servers == 1 ? "M/M/1" : "Erlang C"
    addMeans(
      waiting: delayed / spare, sojourn: delayed / spare + 1 / mu, entering: lambda, name)
    add("delayed", "mean", delayed, name)
    addQuantiles("waiting_time", name) { max(0, ln(delayed / (1 - $0)) / spare) }
    let mu = mu
    addQuantiles("sojourn_time", name) { q in
      let highest = (10 - ln(1 - q)) * (1 / mu + 1 / spare)
      return root(from: 0, to: highest) { t in
        let same = abs(spare - mu) < 1e-9 * mu
        let wait =
          same ? mu * t * expo(-mu * t) : mu * (expo(-mu * t) - expo(-spare * t)) / (spare - mu)
        return expo(-mu * t) + delayed * wait - (1 - q)
      }
    }
    guard servers == 1 else { return }
    let ratio = lambda / mu
    addQuantiles("number_in_system", name) { q in
      max(0, (ln(1 - q) / ln(ratio) - 1 - 1e-12).rounded(.up))
    }
  }

  private mutating func addPollaczekKhinchine() {
    let service = design.service
    let second = service.mean * service.mean * (1 + service.cv * service.cv)
    let waiting = lambda * second / (2 * (1 - design.load))
    add("delayed", "mean", design.load, "PASTA")
    let name = service.cv == 0 ? "M/D/1, Pollaczek–Khinchine" : "Pollaczek–Khinchine"
    addMeans(waiting: waiting, sojourn: waiting + service.mean, entering: lambda, name)
  }

  /// GI/M/1: an arrival waits with probability σ, the root of σ = A*(μ (1 - σ)).
  private mutating func addRenewal() {
    guard design.gap.transform(0) != nil else { return }
    let gap = design.gap
    let mu = mu
    let sigma = root(from: 0, to: 1 - 1e-9 * (1 - design.load)) { sigma in
      (gap.transform(mu * (1 - sigma)) ?? .nan) - sigma
    }
    guard let sigma else { return }
    let rate = mu * (1 - sigma)
    addMeans(waiting: sigma / rate, sojourn: 1 / rate, entering: lambda, "GI/M/1")
    add("delayed", "mean", sigma, "GI/M/1")
    addQuantiles("sojourn_time", "GI/M/1") { -ln(1 - $0) / rate }
    addQuantiles("waiting_time", "GI/M/1") { max(0, ln(sigma / (1 - $0)) / rate) }
  }

  private mutating func addInfinite() {
    let load = lambda / mu
    addMeans(waiting: 0, sojourn: 1 / mu, entering: lambda, "M/G/inf")
    addQuantiles("number_in_system", "Poisson") { q in
      var term = expo(-load)
      guard term > 0 else { return nil }
      var sum = term
      var number = 0.0
      while sum < q {
        number += 1
        term *= load / number
        sum += term
      }
      return number
    }
    guard design.service.law == .exponential else { return }
    let mean = design.service.mean
    addQuantiles("sojourn_time", "the service time's") { -ln(1 - $0) * mean }
  }

  // MARK: - Limited room and patience

  private mutating func addLimited(_ servers: Int, poisson: Bool, markov: Bool) {
    let leaving = design.patience.map { $0.law == .exponential ? 1 / $0.mean : .nan } ?? 0
    if poisson && !markov && design.capacity == servers && design.patience == nil {
      let blocked = BirthDeath(lambda: lambda, mu: mu, servers: servers, room: servers).blocked
      add("blocked", "mean", blocked, "Erlang B")
      let entering = lambda * (1 - blocked)
      add("throughput", "mean", entering, "Erlang B")
      add("utilisation", "mean", entering / mu / Double(servers), "Erlang B")
      return addMeans(waiting: 0, sojourn: 1 / mu, entering: entering, "Erlang B")
    }
    guard markov, leaving.isFinite else { return }
    let states = BirthDeath(
      lambda: lambda, mu: mu, servers: servers, room: design.capacity, leaving: leaving)
    let name = leaving > 0 ? "Erlang A" : design.capacity == servers ? "Erlang B" : "birth–death"
    add("blocked", "mean", states.blocked, name)
    let entering = lambda * (1 - states.blocked)
    let abandoned = leaving * states.waiting / lambda
    let served = entering - lambda * abandoned
    add("throughput", "mean", served, name)
    add("utilisation", "mean", served / mu / Double(servers), name)
    add("delayed", "mean", states.delayed, name)
    guard leaving == 0 else {
      add("abandoned", "mean", abandoned, name)
      add("number_waiting", "mean", states.waiting, name)
      return add("number_in_system", "mean", states.number, name)
    }
    addMeans(
      waiting: states.waiting / entering, sojourn: states.number / entering, entering: entering,
      name)
    addQuantiles("sojourn_time", "phase-type") { states.sojournQuantile($0) }
  }

  // MARK: - Rules of their own, one server, Poisson arrivals

  private mutating func addSpecial(markov: Bool) {
    let service = design.service
    let second = service.mean * service.mean * (1 + service.cv * service.cv)
    let waiting = lambda * second / (2 * (1 - design.load))
    let single = design.batch == .fixed(1)
    if design.discipline == .ps {
      let sojourn = service.mean / (1 - design.load)
      return addMeans(waiting: nil, sojourn: sojourn, entering: lambda, "M/G/1-PS")
    }
    if let setup = design.setup, single {
      let square = setup.mean * setup.mean * (1 + setup.cv * setup.cv)
      let extra = (2 * setup.mean + lambda * square) / (2 * (1 + lambda * setup.mean))
      return addMeans(
        waiting: waiting + extra, sojourn: waiting + extra + service.mean, entering: lambda,
        "M/G/1 with set-up")
    }
    if let vacation = design.vacation, single {
      let extra = vacation.mean * (1 + vacation.cv * vacation.cv) / 2
      return addMeans(
        waiting: waiting + extra, sojourn: waiting + extra + service.mean, entering: lambda,
        "M/G/1 with vacations")
    }
    guard markov else { return }
    if design.returning > 0 {
      let number = design.load / (1 - design.load)
      return addMeans(waiting: nil, sojourn: number / lambda, entering: lambda, "Jackson")
    }
    if !design.stages.isEmpty, single, design.stages.allSatisfy({ $0.law == .exponential }) {
      let rates = [mu] + design.stages.map { 1 / $0.mean }
      let sojourn = rates.reduce(0) { $0 + 1 / ($1 - lambda) }
      return addMeans(waiting: nil, sojourn: sojourn, entering: lambda, "Burke")
    }
    if design.stages.isEmpty, design.setup == nil, design.vacation == nil {
      let mean = design.batch.mean
      let number =
        design.load * (mean + design.batch.secondMoment) / (2 * mean * (1 - design.load))
      addMeans(
        waiting: number / lambda - 1 / mu, sojourn: number / lambda, entering: lambda, "M^[X]/M/1")
    }
  }

  /// Cobham's mean waits; the classes' arrivals are Poisson.
  private mutating func addPriorities() {
    guard design.servers == 1 else { return }
    var left = 0.0
    for line in design.classes {
      let (time, cv) = (line.service.mean, line.service.cv)
      left += line.rate * time * time * (1 + cv * cv) / 2
    }
    var before = 0.0
    var waiting = 0.0
    for (index, line) in design.classes.enumerated() {
      let through = before + line.rate * line.service.mean
      let wait = left / ((1 - before) * (1 - through))
      add("waiting_time.\(index + 1)", "mean", wait, "Cobham")
      add("sojourn_time.\(index + 1)", "mean", wait + line.service.mean, "Cobham")
      waiting += wait * line.rate / lambda
      before = through
    }
    let service = design.offeredLoad / lambda
    addMeans(waiting: waiting, sojourn: waiting + service, entering: lambda, "Cobham")
  }
}
