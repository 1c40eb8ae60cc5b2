//! Customer and advisor agree on a plan.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Field, PlanChosen};

impl Application {
    /// Notes the plan with its figures as one value, so that the halves of two choices never mix.
    ///
    /// # Errors
    /// As [`Application::enter_field`].
    pub fn choose_plan(&mut self, plan: &PlanChosen, stamp: &Stamp) -> Result<Edit, DocumentError> {
        self.type_in(&[(Field::Plan, &plan.to_text())], stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices::*;

    #[test]
    fn two_choices_stay_whole_and_somebody_settles() {
        let (mut a, mut b) = pair();
        let (short, long) = (plan("easy-24", 24), plan("easy-36", 36));
        a.choose_plan(&short, &advisor(1, 0)).unwrap();
        b.choose_plan(&long, &advisor(2, 1)).unwrap();
        meet(&mut a, &mut b);
        let view = a.field(Field::Plan);
        assert!(view.is_open());
        let plans: Vec<_> = view.typed.iter().filter_map(|entry| PlanChosen::parse(&entry.text)).collect();
        assert_eq!(plans, [short, long.clone()]);
        b.settle(Field::Plan, &long.to_text(), &advisor(2, 9)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.view().settled(Field::Plan), Some(long.to_text().as_str()));
    }
}
