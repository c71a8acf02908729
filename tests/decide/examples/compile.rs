//! Compiles a workload from standard input: the publication to the first path, the dialogues' ids as JSON to the second.

use std::io::Read as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut json = String::new();
    std::io::stdin().read_to_string(&mut json)?;
    let workload: usher_decide::workload::Workload = serde_json::from_str(&json)?;
    let (publication, ids) = usher_decide::workload::compile(&workload)?;
    let bytes = engine::compiled::encode(&publication);
    let mut decision = usher_decide::Decision::new(&bytes).map_err(|fault| format!("{fault:?}"))?;
    for (visit, winner) in workload.visits.iter().zip(&workload.winners) {
        let place = decision.decide(&visit.line());
        let found = place.map(|place| ids[usize::from(place)].clone());
        if found != *winner {
            return Err(format!("{}: {found:?}, not {winner:?}", visit.url).into());
        }
    }
    let mut paths = std::env::args().skip(1);
    std::fs::write(paths.next().ok_or("where to?")?, &bytes)?;
    std::fs::write(
        paths.next().ok_or("where to?")?,
        serde_json::to_string(&ids)?,
    )?;
    println!(
        "{} dialogues, {} bytes, {} winners agree",
        ids.len(),
        bytes.len(),
        workload.winners.len()
    );
    Ok(())
}
