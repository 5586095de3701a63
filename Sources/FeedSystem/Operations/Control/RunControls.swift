import Simulation

extension FeedSystem {
  /// Plans the control loops, which begin with the window and end with it.
  func startControls(opens: Instant) {
    guard controls.isUsed else { return }
    calendar.schedule(.control(0, .opened), at: opens)
    for (index, rollOut) in controls.rollOuts.enumerated() {
      let begins = opens + rollOut.settings.at
      if isInWindow(begins) { calendar.schedule(.control(UInt32(index), .rollsOut), at: begins) }
    }
  }

  func advanceControl(_ index: UInt32, _ step: ControlStep) {
    switch step {
    case .opened: openControls()
    case .due: tick(Int(index))
    case .ready: startServers(Int(index))
    case .rollsOut: beginRollOut(Int(index))
    case .stageEnds: endStage(ofRollOut: Int(index))
    case .looks: look(atRollOut: Int(index))
    case .recalled: recall(Int(index))
    case .isBack: endRollBack(Int(index))
    }
  }

  /// Whether something that would happen then happens in the window.
  private func isInWindow(_ instant: Instant) -> Bool {
    instant.nanoseconds < window.upperBound
  }

  private func openControls() {
    for index in controls.scaled.indices {
      let count = serverCount(controls.scaled[index].tier)
      // As many as it takes, which a run has that nobody has sized.
      if count < .max { controls.scaled[index].open(with: count, at: now) }
    }
    for watch in 0..<controls.watches.count {
      for tier in TierName.scalable where design.has(tier) {
        _ = reading(of: tier, watch)
      }
      _ = controls.watches[watch].feeds.take()
      planNext(watch)
    }
  }

  private func planNext(_ watch: Int) {
    let time = now + controls.watches[watch].every
    if isInWindow(time) { calendar.schedule(.control(UInt32(watch), .due), at: time) }
  }

  /// A period is over: whatever has that period looks at its readings and decides.
  private func tick(_ watch: Int) {
    let every = controls.watches[watch].every
    let feeds = controls.watches[watch].feeds.take()
    var tiers = TierName.allCases.map { _ in feeds }
    for tier in TierName.scalable where design.has(tier) {
      tiers[tier.rawValue] = feeds.joined(reading(of: tier, watch))
    }
    if let emergency = controls.emergency, emergency.every == every {
      declareEmergency(emergency, tiers)
    }
    for index in controls.scaled.indices where controls.periods[index] == every {
      scale(index, by: tiers[controls.scaled[index].tier.rawValue])
    }
    if let settings = controls.brownOut?.settings, settings.every == every {
      let readings = settings.tiers.reduce(feeds) { $0.joined(tiers[$1.rawValue]) }
      let present = now
      _ = controls.brownOut?.decide(readings, at: present)
    }
    planNext(watch)
  }

  // MARK: Readings

  /// Servers that a tier has now, those that are down among them.
  private func serverCount(_ tier: TierName) -> Int {
    calls.guards(tier) ? snapshot(tier).servers : tiers[tier.rawValue].servers
  }

  /// How busy a tier was in a watch's period, and how many visits wait.
  private func reading(of tier: TierName, _ watch: Int) -> Readings {
    let count = serverCount(tier)
    guard count < .max else { return Readings() }
    let time: Double
    if let index = controls.scaled.firstIndex(where: { $0.tier == tier && $0.isOpen }) {
      time = Double(controls.scaled[index].area(at: now))
    } else {
      time = Double(count) * Double(now.nanoseconds)
    }
    let used = busyTime(tier)
    return Readings(
      utilisation: controls.watches[watch].tiers.take(tier, busy: used, serverTime: time),
      waiting: calls.guards(tier) ? waitingCalls(tier) : tiers[tier.rawValue].waiting)
  }

  // MARK: Servers

  private func declareEmergency(_ settings: EmergencySettings, _ readings: [Readings]) {
    let worst = settings.scale.reduce(Readings()) { $0.joined(readings[$1.tier.rawValue]) }
    var all = worst
    (all.p99, all.errors) = (readings[0].p99, readings[0].errors)
    guard settings.when.isRaised(by: all) else { return }
    var hasOrdered = false
    for growth in settings.scale {
      guard let index = controls.scaled.firstIndex(where: { $0.tier == growth.tier }),
        controls.scaled[index].isOpen, controls.scaled[index].starting == 0
      else { continue }
      let count = growth.order(servers: controls.scaled[index].servers)
      if count > 0 {
        order(count, index, startUp: settings.startUp)
        hasOrdered = true
      }
    }
    if hasOrdered { controls.emergencies += 1 }
  }

  private func scale(_ index: Int, by readings: Readings) {
    guard controls.scaled[index].isOpen else { return }
    switch controls.scaled[index].decide(readings, at: now) {
    case .stays: break
    case .grows(let count):
      order(count, index, startUp: controls.scaled[index].startUp)
    case .shrinks(let count):
      controls.scaled[index].remove(count, at: now)
      giveServers(index)
    }
  }

  private func order(_ count: Int, _ index: Int, startUp: Duration) {
    controls.scaled[index].order(count, ready: now + startUp, at: now)
    if startUp == .zero { return startServers(index) }
    calendar.schedule(.control(UInt32(index), .ready), at: now + startUp)
  }

  private func startServers(_ index: Int) {
    if controls.scaled[index].start(at: now) > 0 { giveServers(index) }
  }

  private func giveServers(_ index: Int) {
    let (tier, count) = (controls.scaled[index].tier, controls.scaled[index].servers)
    if calls.guards(tier) {
      resize(tier, servers: count)
    } else {
      tiers[tier.rawValue].resize(servers: count, at: now)
      scheduleBegin(tier.rawValue)
    }
    for rollOut in controls.rollOuts.indices
    where controls.rollOuts[rollOut].settings.tier == tier {
      spread(rollOut)
    }
  }

  // MARK: Roll-outs

  private func beginRollOut(_ index: Int) {
    let settings = controls.rollOuts[index].settings
    controls.rollOuts[index].begin(at: now)
    controls.releases[index].forgetNew()
    spread(index)
    plan(.stageEnds, index, after: settings.every)
    if let check = settings.check { plan(.looks, index, after: check.every) }
    if let after = settings.rollBackAfter { plan(.recalled, index, after: after) }
  }

  private func plan(_ step: ControlStep, _ index: Int, after pause: Duration) {
    if isInWindow(now + pause) { calendar.schedule(.control(UInt32(index), step), at: now + pause) }
  }

  /// The servers that have a release are as slow and as faulty as it is.
  private func spread(_ index: Int) {
    if let effect = controls.effects[index] { end(effect: effect) }
    controls.effects[index] = nil
    let rollOut = controls.rollOuts[index]
    guard rollOut.isOut else { return }
    let servers = rollOut.servers(of: serverCount(rollOut.settings.tier))
    var effect = ServerEffect(tier: rollOut.settings.tier, servers: servers)
    (effect.slowness, effect.errors) = (rollOut.settings.slowness, rollOut.settings.errors)
    controls.effects[index] = begin(effect)
  }

  private func endStage(ofRollOut index: Int) {
    if controls.rollOuts[index].advance() == .widened { spread(index) }
    if controls.rollOuts[index].state == .rolls {
      plan(.stageEnds, index, after: controls.rollOuts[index].settings.every)
    }
  }

  private func look(atRollOut index: Int) {
    guard let check = controls.rollOuts[index].settings.check else { return }
    let verdict = check.judge(controls.releases[index])
    if controls.rollOuts[index].take(verdict, at: now) { goBack(index) }
    if controls.rollOuts[index].state == .rolls { plan(.looks, index, after: check.every) }
  }

  private func recall(_ index: Int) {
    if controls.rollOuts[index].goBack(at: now) { goBack(index) }
  }

  private func goBack(_ index: Int) {
    calendar.schedule(
      .control(UInt32(index), .isBack),
      at: now + controls.rollOuts[index].settings.rollBackTakes)
  }

  private func endRollBack(_ index: Int) {
    controls.rollOuts[index].isBack(at: now)
    spread(index)
  }
}
