//! What the page asks for beyond itself, and doing it: jobs, files, and the place of a model on the Risk page.

use std::path::{Path, PathBuf};

use super::tables::Source;
use super::{ReadTables, Run};
use crate::job::{ExportFigure, ReadCohort, ReadDemonstration, Request, SaveModel, TrainModels, WriteTraining, aside};
use crate::report::training::TrainingFigure;
use crate::ui::App;
use crate::ui::actions::Page;
use crate::ui::dialogs::Purpose;
use crate::ui::jobs::Outcome;
use crate::ui::sheets::{PathField, Sheet};

/// A wish of the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Take files that were dropped as tables.
    Take(Vec<PathBuf>),
    /// Read the simulated cohort that the program carries.
    Demonstrate,
    /// Read the tables.
    Read,
    /// Train on the cohort.
    Train,
    /// Stop the training.
    Stop,
    /// Ask where a figure is to go.
    AskForFigureFile(TrainingFigure),
    /// Ask where the model that is looked at is to go.
    AskForModelFile,
    /// Ask for the folder of everything.
    AskForFolder,
    /// Put the model that is looked at on the Risk page.
    UseModel,
}

/// Does what the page asks for.
pub fn perform(app: &mut App, wish: Wish) {
    match wish {
        Wish::Take(paths) => {
            app.study.tables.take(&paths);
        }
        Wish::Demonstrate => {
            app.study.tables.is_demonstration = true;
            read(app);
        }
        Wish::Read => read(app),
        Wish::Train => train(app),
        Wish::Stop => stop(app),
        Wish::AskForFigureFile(which) => {
            ask(app, Purpose::SaveTrainingFigure(which), &format!("{}.svg", which.file_name()))
        }
        Wish::AskForModelFile => {
            let kind = app.study.run.as_ref().map_or("", Run::kind_in_words);
            ask(app, Purpose::SaveModel, &format!("{kind}-model.json"));
        }
        Wish::AskForFolder => ask(app, Purpose::SaveTraining, Purpose::SaveTraining.offered_name()),
        Wish::UseModel => use_model(app),
    }
}

fn read(app: &mut App) {
    let tables = app.study.tables.clone();
    let Some(source) = tables.source() else { return };
    let options = tables.options();
    app.jobs.abandon(ReadCohort::NAME);
    app.jobs.abandon(ReadDemonstration::NAME);
    app.study.unread = None;
    let described = move |cohort| Outcome::CohortRead(Box::new(ReadTables::new(tables, cohort)));
    match source {
        Source::Files(files) => app.jobs.start(ReadCohort { files, options }, described),
        Source::Demonstration => app.jobs.start(ReadDemonstration { options }, described),
    }
}

fn train(app: &mut App) {
    let Some(read) = &app.study.cohort else { return };
    let cohort = read.cohort.clone();
    let about = app.study.settings.about(&cohort);
    let request = TrainModels { cohort: cohort.clone(), pipeline: app.study.settings.pipeline(read.tables.seed) };
    app.jobs.abandon(TrainModels::NAME);
    app.study.untrained = None;
    app.jobs.start_work(TrainModels::NAME, move |progress| {
        let training = aside(|| request.run(progress))?;
        Ok::<_, <TrainModels as Request>::Error>(Outcome::Trained(Box::new(Run::new(cohort, training, about))))
    });
}

/// A training writes nothing, so that nobody waits for the step that it is at.
fn stop(app: &mut App) {
    app.jobs.abandon(TrainModels::NAME);
    app.shell.note = format!("{}: cancelled", TrainModels::NAME);
}

/// Asks for a path, with a likely one.
fn ask(app: &mut App, purpose: Purpose, name: &str) {
    let mut field = PathField::new(purpose, app.shell.saved_to.as_deref(), "");
    field.text = Path::new(&field.text).with_file_name(name).to_string_lossy().into_owned();
    app.shell.sheet = Some(Sheet::Path(field));
}

/// Saves a figure of the run.
pub fn save_figure(app: &mut App, which: TrainingFigure, path: PathBuf, force: bool) {
    if let Some(figure) = app.study.run.as_mut().and_then(|run| run.figure(which).cloned()) {
        app.jobs.start(ExportFigure { figure, path, force }, Outcome::Exported);
    }
}

/// Saves the model that is looked at.
pub fn save_model(app: &mut App, path: PathBuf, force: bool) {
    if let Some(model) = app.study.run.as_ref().and_then(Run::model) {
        app.jobs.start(SaveModel { model: Box::new(model), path, force }, Outcome::Exported);
    }
}

/// Writes everything into a folder.
pub fn save_everything(app: &mut App, folder: PathBuf, force: bool) {
    let Some(run) = &app.study.run else { return };
    let request = WriteTraining {
        cohort: run.cohort.clone(),
        training: run.training.clone(),
        about: run.about.clone(),
        model: None,
        folder: Some(folder.clone()),
        force,
    };
    app.jobs.start(request, move |_| Outcome::Exported(folder));
}

fn use_model(app: &mut App) {
    let Some(model) = app.study.run.as_ref().and_then(Run::model) else { return };
    app.shell.page = Page::Risk;
    app.shell.note = format!("{} is on the Risk page", model.name);
    app.risk.add(model);
}
