"""SegFormer's decoder, and the baselines made with it."""

import pytest
import torch
from torch.nn import functional as F

from panoseg_ros.networks import BASELINES, build_network
from panoseg_ros.networks.macs import profile
from panoseg_ros.networks.mlp_head import MLPHead


def test_equals_fusing_the_concatenated_stages():
    torch.manual_seed(0)
    head = MLPHead((8, 12), width=6, num_classes=5).eval()
    head.norm.running_mean.normal_()
    head.norm.running_var.uniform_(0.5, 2.0)
    fine, coarse = torch.randn(2, 8, 10, 14), torch.randn(2, 12, 5, 7)
    with torch.no_grad():
        projected = [
            F.interpolate(stage.proj(x), (10, 14), mode='bilinear', align_corners=True)
            for stage, x in ((head.head1, fine), (head.head2, coarse))
        ]
        fusion = torch.cat([head.head1.fuse.weight, head.head2.fuse.weight], 1)
        fused = F.conv2d(torch.cat(projected, 1), fusion)
        expected = head.pred(F.relu(head.norm(fused)))
        assert torch.allclose(head([fine, coarse]), expected, atol=1e-5)


@pytest.mark.parametrize('name', BASELINES)
def test_baselines_cost_what_trans4pass_nano_costs(name):
    own, other = (profile(build_network(n), 128, 256) for n in ('trans4pass_nano', name))
    assert abs(other.parameters / own.parameters - 1) < 0.1
    assert abs(other.macs.total / own.macs.total - 1) < 0.1


@pytest.mark.parametrize(
    ('name', 'deforms'),
    [('segformer_nano', ()), ('segformer_dpe_nano', ('enc',)), ('dmlp_nano', ('dede',))],
)
def test_baselines_deform_only_where_they_say(name, deforms):
    network = build_network(name, 4)
    moves = {key for key, _ in network.named_parameters() if 'offset' in key}
    for part in ('enc', 'dede'):
        assert any(key.startswith(part) for key in moves) == (part in deforms)
    assert network(torch.randn(1, 3, 33, 64)).shape == (1, 4, 33, 64)
    network.train()
    network(torch.randn(2, 3, 32, 64)).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
