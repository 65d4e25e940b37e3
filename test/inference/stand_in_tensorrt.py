"""A stand-in for the package `tensorrt`: the documented classes that are used, on a CPU.

An engine's plan holds the ONNX model, which ONNX Runtime executes at the addresses that the
context was given; so labels are real, and what reaches the builder can be looked at.
"""

import ctypes
import enum
import json

import numpy as np
import onnx
import onnxruntime


class NetworkDefinitionCreationFlag(enum.IntEnum):
    STRONGLY_TYPED = 1


class BuilderFlag(enum.IntEnum):
    TF32 = 7


class TensorIOMode(enum.Enum):
    INPUT = 1
    OUTPUT = 2


class DataType(enum.Enum):
    FLOAT = 0
    UINT8 = 6


class ILogger:
    class Severity(enum.Enum):
        INTERNAL_ERROR = 0
        ERROR = 1
        WARNING = 2
        INFO = 3
        VERBOSE = 4


class IProgressMonitor:
    pass


class World:
    """What the test asks for, and what it sees afterwards."""

    def __init__(self, version='10.16.1.11'):
        self.__version__ = version
        self.refuse = ()  # indices of parses that fail
        self.spoil = ()  # indices of builds whose engines give other labels
        self.parsed, self.built, self.deserialised, self.flags = [], [], [], []
        self.run_error = ''
        self.cleared = []
        for each in (
            NetworkDefinitionCreationFlag, BuilderFlag, TensorIOMode, DataType, ILogger,
            IProgressMonitor,
        ):  # fmt: skip
            setattr(self, each.__name__, each)

    def Builder(self, logger):  # noqa: N802
        assert isinstance(logger, ILogger)
        return Builder(self)

    def OnnxParser(self, network, logger):  # noqa: N802
        return OnnxParser(self, network)

    def Runtime(self, logger):  # noqa: N802
        return Runtime(self, logger)


class Builder:
    def __init__(self, world):
        self.world = world

    def create_network(self, flags):
        self.world.flags.append(flags)
        return {}

    def create_builder_config(self):
        return Config(self.world)

    def build_serialized_network(self, network, config):
        world, monitor = self.world, config.progress_monitor
        monitor.phase_start('Building Engine', None, 2)
        for step in range(2):
            monitor.phase_start('Timing tactics', 'Building Engine', 5)
            assert all(monitor.step_complete('Timing tactics', inner) for inner in range(5))
            monitor.phase_finish('Timing tactics')
            assert monitor.step_complete('Building Engine', step)
        monitor.phase_finish('Building Engine')
        head = {'version': world.__version__, 'spoilt': len(world.built) in world.spoil}
        world.built.append(network['model'])
        return json.dumps(head).encode() + b'\n' + network['model']


class Config:
    def __init__(self, world):
        self.world = world

    def clear_flag(self, flag):
        self.world.cleared.append(flag)


class OnnxParser:
    def __init__(self, world, network):
        self.world, self.network = world, network
        self.num_errors = 0

    def parse(self, model):
        self.world.parsed.append(onnx.load_from_string(model))
        onnx.checker.check_model(self.world.parsed[-1])
        self.num_errors = int(len(self.world.parsed) - 1 in self.world.refuse)
        self.network['model'] = model
        return not self.num_errors

    def get_error(self, index):
        assert index < self.num_errors
        return ParserError()


class ParserError:
    def desc(self):
        return 'No importer registered for op:\nDeformConv'


class Runtime:
    def __init__(self, world, logger):
        self.world, self.logger = world, logger

    def deserialize_cuda_engine(self, plan):
        head, model = plan.split(b'\n', 1)
        self.world.deserialised.append(plan)
        if json.loads(head)['version'] != self.world.__version__:
            self.logger.log(ILogger.Severity.ERROR, 'plan of another version')
            return None
        return Engine(self.world, model, json.loads(head)['spoilt'])


class Engine:
    def __init__(self, world, model, spoilt):
        self.world, self.spoilt = world, spoilt
        self.session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
        ends = (TensorIOMode.INPUT, self.session.get_inputs()[0])
        starts = (TensorIOMode.OUTPUT, self.session.get_outputs()[0])
        self.ends = {end.name: (mode, end) for mode, end in (ends, starts)}
        self.num_io_tensors = len(self.ends)

    def get_tensor_name(self, index):
        return list(self.ends)[index]

    def get_tensor_mode(self, name):
        return self.ends[name][0]

    def get_tensor_dtype(self, name):
        kind = self.ends[name][1].type
        return {'tensor(uint8)': DataType.UINT8, 'tensor(float)': DataType.FLOAT}[kind]

    def get_tensor_shape(self, name):
        return self.ends[name][1].shape  # like trt.Dims, a sequence

    def create_execution_context(self):
        return Context(self)


class Context:
    def __init__(self, engine):
        self.engine, self.at = engine, {}

    def set_tensor_address(self, name, address):
        assert isinstance(address, int) and name in self.engine.ends
        self.at[name] = address
        return True

    def execute_async_v3(self, stream_handle):
        assert stream_handle == 77
        world = self.engine.world
        if world.run_error:
            raise RuntimeError(world.run_error)
        shape = tuple(self.engine.get_tensor_shape('image'))
        raw = (ctypes.c_uint8 * int(np.prod(shape))).from_address(self.at['image'])
        image = np.frombuffer(raw, np.uint8).reshape(shape)
        (logits,) = self.engine.session.run(['logits'], {'image': image})
        logits = np.ascontiguousarray(-logits if self.engine.spoilt else logits)
        ctypes.memmove(self.at['logits'], logits.ctypes.data, logits.nbytes)
        return True
