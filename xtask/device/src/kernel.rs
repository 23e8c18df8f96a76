//! Compiles WGSL, and collects facts about it.

use crate::{
    Cause, Together,
    fault::Fault,
    machine::{Shared, ready},
    rehearsal::{self, Rehearsed},
};
use std::{
    borrow::Cow,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    num::NonZeroU64,
    panic::Location,
    path::{Path, PathBuf},
    sync::Arc,
};
use wgpu::naga::{
    self, AddressSpace, Handle, Module, ShaderStage, StorageAccess, Type, TypeInner, UniqueArena,
    front::wgsl,
    proc::Layouter,
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
};

/// Facts about a kernel, from its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The name of its function.
    pub name: String,
    /// The size of a workgroup, in each dimension.
    pub workgroup_size: [u32; 3],
    /// The number of bytes of workgroup memory that it uses.
    pub workgroup_memory: u32,
    /// Whether it uses atomic operations on any memory.
    pub atomics: bool,
}

impl Facts {
    /// The number of invocations in a workgroup.
    pub fn invocations(&self) -> u64 {
        self.workgroup_size.iter().copied().map(u64::from).product()
    }
}

/// A function that many invocations on a device execute at the same time.
#[derive(Clone)]
pub struct Kernel {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
    pub(crate) facts: Arc<Facts>,
    /// In the order of their numbers.
    pub(crate) bindings: Arc<[Binding]>,
    pub(crate) source: Arc<Source>,
}

/// The source of a kernel, and the place in the program where it was compiled.
pub(crate) struct Source {
    text: String,
    place: &'static Location<'static>,
    module: Module,
    info: ModuleInfo,
}

impl Kernel {
    /// Rehearses a run of this kernel with these numbers of workgroups, on buffers with these contents, for at most
    /// `steps` steps. Returns the first fault, and what the invocations of a workgroup have done together.
    pub(crate) fn rehearse(
        &self,
        groups: [u32; 3],
        buffers: &[Vec<u8>],
        steps: &mut u64,
    ) -> (Option<Fault>, Together) {
        let Source {
            text,
            place,
            module,
            info,
        } = &*self.source;
        let Rehearsed { found, together } =
            rehearsal::rehearse(module, info, groups, buffers, steps);
        let fault = found.map(|found| {
            let line = found
                .span
                .is_defined()
                .then(|| found.span.location(text).line_number);
            Fault {
                cause: found.cause,
                ..in_source(place, text, found.message, line)
            }
        });
        (fault, together)
    }
}

/// What a kernel expects at a binding.
pub(crate) struct Binding {
    pub(crate) name: String,
    /// The type of its numbers, by its name in WGSL; `None` if there are several types.
    pub(crate) holds: Option<&'static str>,
    pub(crate) writes: bool,
}

/// Compiles a kernel for a device.
pub(crate) fn compile(
    device: &wgpu::Device,
    shared: &Shared,
    place: &'static Location<'static>,
    source: &str,
) -> Kernel {
    let wrong = |message: String, line: Option<u32>| -> ! {
        shared.fail(&in_source(place, source, message, line))
    };
    let module = wgsl::parse_str(source).unwrap_or_else(|error| {
        let line = error.location(source).map(|location| location.line_number);
        let labels = error.labels().map(|(_, label)| label);
        let notes = labels.chain(error.notes()).filter(|note| !note.is_empty());
        wrong(
            with_notes(error.message(), &notes.collect::<Vec<_>>()),
            line,
        )
    });
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator.validate(&module).unwrap_or_else(|error| {
        let line = error.location(source).map(|location| location.line_number);
        wrong(all_of(error.as_inner()), line)
    });
    let (facts, bindings) = facts(&module, &info).unwrap_or_else(|message| wrong(message, None));

    let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..)
        .zip(&bindings)
        .map(|(binding, expected)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage {
                    read_only: !expected.writes,
                },
                has_dynamic_offset: false,
                min_binding_size: None::<NonZeroU64>,
            },
            count: None,
        })
        .collect();
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(&facts.name),
        layout: Some(
            &device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            }),
        ),
        module: &device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&facts.name),
            source: wgpu::ShaderSource::Naga(Cow::Owned(module.clone())),
        }),
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    if let Some(error) = ready(scope.pop()) {
        wrong(all_of(&error), None);
    }
    Kernel {
        pipeline,
        layout,
        facts: Arc::new(facts),
        bindings: bindings.into(),
        source: Arc::new(Source {
            text: source.to_owned(),
            place,
            module,
            info,
        }),
    }
}

/// An error and its causes, in one line.
pub(crate) fn all_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some errors repeat their cause.
        if !text.contains(&cause_text) {
            let _ = write!(text, ": {cause_text}");
        }
        next = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with_notes(message: &str, notes: &[&str]) -> String {
    match notes {
        [] => message.to_owned(),
        notes => format!("{message} ({})", notes.join("; ")),
    }
}

/// A fault in WGSL. It has the line of the WGSL if a file in the folder of the call contains the source.
fn in_source(place: &Location<'_>, source: &str, message: String, line: Option<u32>) -> Fault {
    let shown = line.and_then(|line| source.lines().nth(line as usize - 1));
    let shown = shown.map_or(String::new(), |shown| {
        let line = line.unwrap_or(1);
        format!(" (line {line} of the kernel: `{}`)", shown.trim())
    });
    let mut fault = Fault {
        cause: Cause::Source,
        ..Fault::at(place, format!("{message}{shown}"))
    };
    if let Some((file, before)) = file_with(source, place) {
        fault.file = file;
        fault.line = before + line.unwrap_or(1);
    }
    fault
}

/// The file that contains this text, as the compiler would name it, and the number of lines before the text.
fn file_with(source: &str, place: &Location<'_>) -> Option<(String, u32)> {
    let own = Path::new(place.file());
    // The compiler's file names are relative to the workspace, and a program may run in a folder below it.
    let here = env::current_dir().ok()?;
    let root = here.ancestors().find(|root| root.join(own).is_file())?;
    let beside = fs::read_dir(root.join(own.parent()?)).ok()?.flatten();
    let mut others: Vec<PathBuf> = beside
        .filter_map(|entry| Some(own.parent()?.join(entry.file_name())))
        .collect();
    others.sort();
    [own.to_owned()].into_iter().chain(others).find_map(|path| {
        let text = fs::read_to_string(root.join(&path)).ok()?;
        let before = text[..text.find(source)?].matches('\n').count();
        Some((path.to_str()?.to_owned(), before as u32))
    })
}

/// Facts about a module with one kernel, and the bindings that it expects.
fn facts(module: &Module, info: &ModuleInfo) -> Result<(Facts, Vec<Binding>), String> {
    let [entry] = &module.entry_points[..] else {
        return Err(format!(
            "the WGSL of a kernel must have exactly one function with `@compute @workgroup_size(…)`, but this has {}",
            module.entry_points.len()
        ));
    };
    if entry.stage != ShaderStage::Compute {
        return Err(format!(
            "`{}` is not a compute shader: write `@compute @workgroup_size(…)` before the function",
            entry.name
        ));
    }
    let uses = info.get_entry_point(0);
    let mut layouter = Layouter::default();
    layouter
        .update(module.to_ctx())
        .map_err(|error| error.to_string())?;
    let mut facts = Facts {
        name: entry.name.clone(),
        workgroup_size: entry.workgroup_size,
        ..Facts::default()
    };
    let mut bindings: Vec<(u32, Binding)> = Vec::new();
    for (handle, variable) in module.global_variables.iter() {
        let name = variable.name.clone().unwrap_or_default();
        // Naga tells atomic uses of images only. An atomic variable has no other uses.
        facts.atomics |= !uses[handle].is_empty() && is_atomic(&module.types, variable.ty);
        match (variable.space, &variable.binding) {
            (AddressSpace::WorkGroup, _) if !uses[handle].is_empty() => {
                facts.workgroup_memory += layouter[variable.ty].size;
            }
            (AddressSpace::Storage { access }, Some(binding)) => {
                if binding.group != 0 {
                    return Err(format!(
                        "`{name}` is in group {}, but all buffers must be in `@group(0)`",
                        binding.group
                    ));
                }
                let expected = Binding {
                    holds: holds(&module.types, variable.ty),
                    writes: access.contains(StorageAccess::STORE),
                    name,
                };
                bindings.push((binding.binding, expected));
            }
            (AddressSpace::Uniform | AddressSpace::Handle | AddressSpace::Immediate, _) => {
                return Err(format!(
                    "`{name}` is not a buffer: declare it as `var<storage, read>` or `var<storage, read_write>`"
                ));
            }
            _ => {}
        }
    }
    bindings.sort_by_key(|(number, _)| *number);
    for (wanted, (number, binding)) in (0..).zip(&bindings) {
        if *number != wanted {
            return Err(format!(
                "`{}` has `@binding({number})`, where `@binding({wanted})` is expected: number the bindings from 0, \
                 without gaps, and use each number once",
                binding.name
            ));
        }
    }
    Ok((
        facts,
        bindings.into_iter().map(|(_, binding)| binding).collect(),
    ))
}

/// Whether a type is atomic, or contains one that is.
fn is_atomic(types: &UniqueArena<Type>, of: Handle<Type>) -> bool {
    match &types[of].inner {
        TypeInner::Atomic(_) => true,
        TypeInner::Array { base, .. } => is_atomic(types, *base),
        TypeInner::Struct { members, .. } => {
            members.iter().any(|member| is_atomic(types, member.ty))
        }
        _ => false,
    }
}

/// The type of the numbers in a type, if they all have the same one.
fn holds(types: &UniqueArena<Type>, of: Handle<Type>) -> Option<&'static str> {
    let scalar = |scalar: &naga::Scalar| match scalar.kind {
        naga::ScalarKind::Sint => Some("i32"),
        naga::ScalarKind::Uint => Some("u32"),
        naga::ScalarKind::Float => Some("f32"),
        _ => None,
    };
    match &types[of].inner {
        TypeInner::Scalar(of) | TypeInner::Atomic(of) => scalar(of),
        TypeInner::Vector { scalar: of, .. } | TypeInner::Matrix { scalar: of, .. } => scalar(of),
        TypeInner::Array { base, .. } => holds(types, *base),
        TypeInner::Struct { members, .. } => {
            let mut kinds = members.iter().map(|member| holds(types, member.ty));
            let first = kinds.next()??;
            kinds.all(|kind| kind == Some(first)).then_some(first)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atomic_operations_are_noted_on_any_memory() {
        const COUNT: &str = "struct Counts { odd: atomic<u32>, others: array<atomic<u32>, 2> }
@group(0) @binding(0) var<storage, read_write> counts: Counts;
@group(0) @binding(1) var<storage, read_write> all: atomic<u32>;
@group(0) @binding(2) var<storage, read_write> plain: array<u32>;
var<workgroup> here: array<atomic<u32>, 4>;
@compute @workgroup_size(64)
fn count(@builtin(global_invocation_id) id: vec3u) {
    USE
}";
        for (does, atomics) in [
            ("atomicAdd(&counts.others[1], 1u);", true),
            ("atomicMax(&all, id.x);", true),
            ("atomicAdd(&here[id.x % 4u], 1u);", true),
            ("plain[id.x] = 1u;", false),
        ] {
            let module = wgsl::parse_str(&COUNT.replace("USE", does)).unwrap();
            let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
            let info = validator.validate(&module).unwrap();
            let (facts, _) = facts(&module, &info).unwrap();
            assert_eq!(facts.atomics, atomics, "{does}");
        }
    }
}
